#!/usr/bin/env bash
# Starts the local stack, empty and in memory, and lets the public OAA client push to it.
#
#   bash tests/oaa_push.sh PYTHON     a Python that has the package `oaaclient`
set -euo pipefail
cd "$(dirname "$0")/.."
python="${1:-python3}"
directory="$(mktemp -d)"
# All binaries at once have the same dependencies as the tests, which are built already; the local stack alone has not.
cargo build --quiet --workspace --bins --locked
"${CARGO_TARGET_DIR:-target}/debug/access-review" --port 0 --no-sample --data-dir "$directory" >"$directory/log" 2>&1 &
stack=$!
trap 'kill "$stack" 2>/dev/null || true; wait "$stack" 2>/dev/null || true; rm -rf "$directory"' EXIT

# The stack says where it listens once it answers; a stack that ended has said why.
url=""
for _ in $(seq 1 600); do
  url="$(grep -o 'http://127.0.0.1:[0-9]*' "$directory/log" | head -n 1 || true)"
  [ -z "$url" ] || break
  kill -0 "$stack" 2>/dev/null || { cat "$directory/log"; exit 1; }
  read -r -t 0.1 _ <> <(:) || true
done
token="$("$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["administrator"])' "$directory/tokens.json")"
"$python" tests/oaa_push.py "$url" "$token"
