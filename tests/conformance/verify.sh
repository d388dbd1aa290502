#!/usr/bin/env bash
# verify.sh TERN UNPACKED CASES PASSED [FLAG...]: `tern verify` on the folder CASES, below UNPACKED or
# below TERN_TEST_DATA. Fails when a case fails for another reason than operators that tern lacks, or
# when fewer than PASSED cases pass.
set -euo pipefail
tern=$1 unpacked=$2 cases=$3 wanted=$4
shift 4
if [ -z "${TERN_TEST_DATA:-}" ]; then
  echo "skipped: TERN_TEST_DATA is not set (docs/testing.md)"
  exit 77
fi
folder=$unpacked/$cases
[ -d "$folder" ] || folder=$TERN_TEST_DATA/$cases
[ -d "$folder" ] || { echo "FAILED: there is no $cases below TERN_TEST_DATA=$TERN_TEST_DATA"; exit 1; }

known=$(dirname "${BASH_SOURCE[0]}")/known_failures.txt
status=0
# Progress goes to stderr and would land in the middle of lines.
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
output=$("$tern" verify "$folder" "$@" 2> "$errors") || status=$?
summary=$(printf '%s\n' "$output" | tail -n 1)
passed=$(sed -nE 's/^([0-9]+) passed, [0-9]+ failed, [0-9]+ skipped$/\1/p' <<< "$summary")
if [ -z "$passed" ]; then
  printf '%s\n' "$output" | tail -n 20
  cat "$errors"
  echo "FAILED: tern verify ended with exit code $status and no summary"
  exit 1
fi

failures=$(grep '^FAIL ' <<< "$output" | grep -vE ': [0-9]+ unsupported operators?: ' |
  grep -vE "^FAIL ($(grep -v '^#' "$known" | cut -d' ' -f1 | paste -sd'|')): " || true)
echo "$summary, of the failed $(grep -cE '^FAIL .*: [0-9]+ unsupported operators?: ' <<< "$output" || true) for want of an operator"
if [ -n "$failures" ]; then
  printf '%s\n' "$failures"
  echo "FAILED: the cases above"
  exit 1
fi
if [ "$passed" -lt "$wanted" ]; then
  echo "FAILED: $passed cases pass, $wanted did before"
  exit 1
fi
