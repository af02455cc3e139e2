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
# Left out is what starts and kills the local stack, what reads the source, and paths that are encoded twice, which the
# emulator tells functions otherwise than AWS does. Four at a time: the emulator starts a
# process for every invocation that runs beside others.
cargo test --workspace --test blackbox_suite --locked -- \
  --test-threads 4 --skip architecture:: --skip events:: --skip restart:: --skip scale:: --skip encoded_twice || status=1
# What rules the whole stack goes by itself.
cargo test --workspace --test settings_suite --locked || status=1
"$EMULATOR_PYTHON" tests/deployed/background.py --verbose || status=1
"$EMULATOR_PYTHON" tests/deployed/restore.py --verbose || status=1
exit "$status"
