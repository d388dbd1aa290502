#!/usr/bin/env bash
# Fuzzes every target, or those named, and prints a table: executions, coverage, seconds.
#
#   tests/fuzz/run.sh [--seconds N] [TARGET...]      # N per target, 60 by default; TARGET like text
#
# Seeds come from tests/fuzz/corpus/TARGET, and for onnx also from the ONNX backend cases in the folder
# TERN_TEST_DATA names (docs/testing.md) when it is set; what is found interesting is kept in build/fuzz/corpus, so
# a later run goes on from there. A crash leaves its input in build/fuzz/findings and fails the run.
# Put such an input, minimised, into tests/fuzz/corpus/TARGET with the fix: the unit tests replay it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tools/steps.sh

seconds=60
if [ "${1:-}" = --seconds ]; then seconds=$2; shift 2; fi

steps_total=2
step "configure the fuzz preset" cmake --preset fuzz
step "build the fuzz targets" cmake --build --preset fuzz --parallel "$jobs" --target fuzzers
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for program in build/fuzz/fuzz/*_fuzz; do targets+=("$(basename "$program" _fuzz)"); done
fi

mkdir -p build/fuzz/findings build/fuzz/seeds
seeds_of() {
  local cases=${TERN_TEST_DATA:-}/conformance/onnx-node.tar.xz
  echo "tests/fuzz/corpus/$1"
  if [ "$1" = image ]; then echo tests/data/images; fi
  if [ "$1" = onnx ] && [ -f "$cases" ]; then
    [ -d build/fuzz/seeds/onnx-node ] || tar -xJf "$cases" -C build/fuzz/seeds --wildcards '*.onnx'
    echo build/fuzz/seeds/onnx-node
  fi
}
failed=0
printf '\n%-16s %14s %10s %10s %8s %8s  %s\n' target executions edges features corpus seconds result
for name in "${targets[@]}"; do
  program=build/fuzz/fuzz/${name}_fuzz
  [ -x "$program" ] || fail "there is no fuzz target $name"
  corpus=build/fuzz/corpus/$name log=build/fuzz/$name.log started=$SECONDS result=ok
  mkdir -p "$corpus"
  "$program" "$corpus" $(seeds_of "$name") -max_total_time="$seconds" -timeout=20 \
    -rss_limit_mb=4096 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/findings/$name-" > "$log" 2>&1 < /dev/null || { result="FAILED, see $log"; failed=1; }
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
  read -r edges features < <(sed -n 's/.*cov: \([0-9]*\) ft: \([0-9]*\).*/\1 \2/p' "$log" | tail -1) || true
  printf '%-16s %14s %10s %10s %8s %8s  %s\n' "$name" "${executions:-?}" "${edges:-?}" "${features:-?}" \
    "$(ls "$corpus" | wc -l)" "$((SECONDS - started))" "$result"
done
exit "$failed"
