#!/usr/bin/env bash
# Deploys template.yaml to an emulator of AWS on this machine, runs a command against it, and leaves nothing behind.
#
#   bash infra/emulator/with_stack.sh bash                a shell beside a deployed stack
#   bash infra/emulator/with_stack.sh COMMAND [ARG...]    any command; its exit status is the one of this script
#
# The command finds the stack in its environment:
#
#   REVIEW_BASE_URL    where the API answers
#   REVIEW_TOKENS      a JSON file with an API token for each role
#   REVIEW_JWTS        a JSON file with a JWT for each role, of an issuer on this machine that the stack trusts
#   REVIEW_MAILS       a folder (a Maildir) with every mail that the stack sends
#   REVIEW_STACK       the stack's name, for `aws cloudformation`
#   REVIEW_TEMPLATE    the template as it was deployed, for another deployment of the same
#   AWS_ENDPOINT_URL   the emulator; `aws` talks to it and to nothing else, with credentials that mean nothing elsewhere
#   EMULATOR_PYTHON    a Python that has boto3
#
# IAM is enforced: functions run with the credentials of their roles. Receivers of webhooks may stand on this machine. Needs what building the product needs, and Python 3.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || { sed -n '2,/^set /{/^# \{0,1\}/s///p}' "$0"; exit 2; }

tools="${ACCESS_REVIEW_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/access-review-tools}"
here=infra/emulator
stack=reviews
work="$(mktemp -d)"
emulator=""
issuer=""
mail_host=""

# What went wrong: the functions' warnings and errors, and the emulator's own.
explain() {
  echo "--- warnings and errors of the functions"
  "$EMULATOR_PYTHON" "$here/logs.py" "$stack" WARN ERROR | tail -n 60
  echo "--- the emulator's"
  grep -v ' INFO ' "$work/emulator.log" | grep -e WARNING -e ERROR -e Traceback -A 12 | tail -n 60
}

shut_down() {
  [ "$1" -eq 0 ] || [ -z "$emulator" ] || explain || true
  # The emulator is a process group with all its functions.
  [ -z "$emulator" ] || { kill -- "-$emulator" 2>/dev/null || true; wait "$emulator" 2>/dev/null || true; }
  for helper in $issuer $mail_host; do
    kill "$helper" 2>/dev/null || true
    wait "$helper" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap 'shut_down $?' EXIT
trap 'exit 130' INT TERM

# Installs the pinned tools once; the name changes with their versions.
install_tools() {
  venv="$tools/emulator-$(cksum <"$here/requirements.txt" | cut -d ' ' -f 1)"
  if [ ! -e "$venv/installed" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
    touch "$venv/installed"
  fi
  mkdir "$work/bin"
  # Some commands do not ask the environment for the endpoint, but all obey the option.
  printf '#!/bin/sh\nexec "%s" --endpoint-url "$AWS_ENDPOINT_URL" "$@"\n' "$venv/bin/aws" >"$work/bin/aws"
  chmod +x "$work/bin/aws"
  export PATH="$work/bin:$PATH" EMULATOR_PYTHON="$venv/bin/python"
}

# The functions as the tests have them, without their debug information: nothing is compiled twice.
build_functions() {
  local binaries function
  cargo build --workspace --bins --locked
  binaries="$(cargo metadata --format-version 1 --no-deps --locked |
    "$EMULATOR_PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/debug"
  for function in functions/*/; do
    function="$(basename "$function")"
    mkdir -p "$work/functions/$function"
    strip -o "$work/functions/$function/bootstrap" "$binaries/$function"
  done
  access_review="$binaries/access-review"
}

start_emulator() {
  local port attempt
  port="$("$EMULATOR_PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
  export AWS_ENDPOINT_URL="http://127.0.0.1:$port" AWS_DEFAULT_REGION=us-east-1 AWS_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_EC2_METADATA_DISABLED=true AWS_PAGER=""
  # No profile of whoever runs this is ever used.
  export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
  unset AWS_PROFILE AWS_SESSION_TOKEN
  mkdir "$work/tmp"
  set -m
  TMPDIR="$work/tmp" AUTH=true BIND_HOST=127.0.0.1 MINISTACK_HOST=127.0.0.1 GATEWAY_PORT="$port" \
    IOT_MTLS_ENABLED=0 SFTP_ENABLED=0 "$venv/bin/ministack" >"$work/emulator.log" 2>&1 &
  emulator=$!
  set +m
  for attempt in $(seq 300); do
    curl --silent --fail --output "$work/health" "$AWS_ENDPOINT_URL/_ministack/health" && return
    kill -0 "$emulator" 2>/dev/null || break
    read -r -t 0.1 _ <> <(:) || true
  done
  cat "$work/emulator.log"
  return 1
}

# until_listening PROCESS LOG: waits until the process says where it listens.
until_listening() {
  local attempt
  for attempt in $(seq 300); do
    grep -q '^listening on' "$2" && return
    kill -0 "$1" 2>/dev/null || break
    read -r -t 0.1 _ <> <(:) || true
  done
  cat "$2"
  return 1
}

# The issuer of a local stack that does nothing else.
start_issuer() {
  "$access_review" --no-sample --port 0 --data-dir "$work/issuer" >"$work/issuer.log" 2>&1 &
  issuer=$!
  until_listening "$issuer" "$work/issuer.log"
  issuer_url="$("$EMULATOR_PYTHON" -c 'import json, sys; print(json.load(open(sys.argv[1]))["issuer"])' "$work/issuer/issuer.json")"
  export REVIEW_JWTS="$work/jwts.json"
  "$access_review" token --data-dir "$work/issuer" --minutes 720 >"$REVIEW_JWTS"
}

start_mail_host() {
  export REVIEW_MAILS="$work/mails"
  "$EMULATOR_PYTHON" "$here/mail_host.py" "$REVIEW_MAILS" >"$work/mail_host.log" 2>&1 &
  mail_host=$!
  until_listening "$mail_host" "$work/mail_host.log"
  mail_port="$(sed -n 's/^listening on //p' "$work/mail_host.log")"
}

deploy() {
  mkdir "$work/package"
  export REVIEW_TEMPLATE="$work/package/template.json"
  "$EMULATOR_PYTHON" "$here/expand.py" template.yaml "$work/functions" artifacts "$work/package"
  aws s3 mb s3://artifacts
  aws s3 cp --quiet --recursive --exclude '*' --include '*.zip' "$work/package" s3://artifacts
  aws cloudformation deploy --stack-name "$stack" --template-file "$REVIEW_TEMPLATE" \
    --s3-bucket artifacts --capabilities CAPABILITY_IAM \
    --parameter-overrides "OidcIssuer=$issuer_url" OidcAudience=access-review RetrySeconds=1 \
    MailHost=127.0.0.1 "MailPort=$mail_port" MailEncryption=none 'MailFrom=Access reviews <reviews@access-review.invalid>' \
    WebhookReach=anywhere
  aws cloudformation describe-stacks --stack-name "$stack" --output table \
    --query 'Stacks[0].Outputs[].[OutputKey, OutputValue]'
}

output() {
  aws cloudformation describe-stacks --stack-name "$stack" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue"
}

# The first keys of an installation are issued beside the API, by somebody who may write to its table.
issue_keys() {
  local table role separator="{"
  table="$(output TableName)"
  export REVIEW_TOKENS="$work/tokens.json" REVIEW_STACK="$stack"
  for role in administrator operator reviewer auditor; do
    printf '%s"%s": "%s"' "$separator" "$role" \
      "$("$access_review" issue-key --table "$table" --role "$role" --email "$role@corp.example")"
    separator=", "
  done >"$REVIEW_TOKENS"
  echo "}" >>"$REVIEW_TOKENS"
}

umask 077
install_tools
build_functions
start_emulator
start_issuer
start_mail_host
deploy
api="$(aws cloudformation describe-stack-resource --stack-name "$stack" --logical-resource-id Api \
  --query StackResourceDetail.PhysicalResourceId --output text)"
# The emulator's own address of an API: on a host name of its own, it answers /health itself.
export REVIEW_BASE_URL="$AWS_ENDPOINT_URL/_aws/execute-api/$api/\$default"
issue_keys
"$@"
