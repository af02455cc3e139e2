#!/usr/bin/env bash
# Writes docs/endpoints.md: runs the black-box suites, which write down what they call, and makes the table of it.
set -euo pipefail
cd "$(dirname "$0")/.."
calls="$(mktemp -d)"
trap 'rm -rf "$calls"' EXIT
# Threads without a name belong to no test, so that there are at least two.
REVIEW_CALLS="$calls" RUST_TEST_THREADS="${RUST_TEST_THREADS:-4}" cargo test -p blackbox --locked
ENDPOINT_CALLS="$calls" UPDATE=1 cargo test -p wire --lib --locked endpoints
