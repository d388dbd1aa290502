#!/usr/bin/env bash
# Installs the packages that are missing, builds the release preset and runs every test except the
# slow ones. Tests that need large external data read it from the folder TERN_TEST_DATA names and
# skip without it (docs/testing.md). Run it again at any time: only what changed is done again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. tools/steps.sh

steps_total=4
step "install missing packages" tools/install_packages.sh build run test
build_preset release
heading "run the tests"
if [ -n "${TERN_TEST_DATA:-}" ]; then
  [ -d "$TERN_TEST_DATA" ] || fail "TERN_TEST_DATA names $TERN_TEST_DATA, which is no folder"
  TERN_TEST_DATA=$(realpath "$TERN_TEST_DATA")
  export TERN_TEST_DATA
else
  say "      TERN_TEST_DATA is not set: tests on large external data will say that they skip"
fi
say "      one test again: ctest --preset release -R NAME --output-on-failure"
# Last, so that ctest's summary ends the output and its exit code is this script's.
exec ctest --preset release --label-exclude slow --parallel "$jobs" --output-on-failure --no-tests=error
