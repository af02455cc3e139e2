#!/usr/bin/env bash
# Tests a deployed stack: the black-box suite through its API, then what happens there without a request.
#
#   bash infra/emulator/with_stack.sh bash tests/deployed/run.sh
set -uo pipefail
cd "$(dirname "$0")/../.."
status=0
"$EMULATOR_PYTHON" tests/deployed/listen.py || exit 1
# What README.md prints of a deployed stack, as long as nothing else lies there.
"$EMULATOR_PYTHON" tests/readme.py --verbose --deployed || status=1
left_out=()
# without TEST REASON: leaves tests out whose names hold this, and says why.
without() {
  left_out+=(--skip "$1")
  echo "left out: $1 ($2)"
}
without architecture:: "reads the source and calls nothing"
without events:: "reads the file of the local bus; tests/deployed/background.py listens to the deployed one"
without restart:: "starts and kills processes of the local stack"
without scale:: "the same, in the middle of a large review"
without encoded_twice "the emulator hands functions such paths otherwise than AWS does"
[ -n "${REVIEW_MAILS:-}" ] || without mails:: "REVIEW_MAILS names no folder with the mails of this stack"
[ -n "${REVIEW_JWTS:-}" ] || without jwt "REVIEW_JWTS names no JWTs of an issuer that this stack trusts"
# Four at a time: the emulator starts a process for every invocation that runs beside others.
cargo test --workspace --test blackbox_suite --locked -- --test-threads 4 "${left_out[@]}" || status=1
# What rules the whole stack goes by itself.
cargo test --workspace --test settings_suite --locked || status=1
"$EMULATOR_PYTHON" tests/deployed/background.py --verbose || status=1
"$EMULATOR_PYTHON" tests/deployed/restore.py --verbose || status=1
exit "$status"
