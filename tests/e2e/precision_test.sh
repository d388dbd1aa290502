#!/usr/bin/env bash
# precision_test.sh TERN SOURCE: --precision bf16 of run, bench, verify and inspect on a small model.
# What holds on every machine: a processor without a unit for bf16 says so once and gives the results
# of f32, one with a unit gives results that are close.
set -euo pipefail
tern=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "FAILED: $*"
  for log in ./*.log; do [ -f "$log" ] && { echo "--- $log"; tail -n 20 "$log"; }; done
  exit 1
}

"$tern" train "$source/data/digits/train.yaml" --no-progress --set epochs=1 --set threads=1 \
  --set output=net/model.onnx > train.log 2>&1 || fail "tern train"
shape=(--shape input=8,1,8,8)
warning='this CPU has no bf16 matrix instructions; running in f32'

"$tern" run net/model.onnx "${shape[@]}" --output f32 --record net/test_data_set_0 > f32.log \
  || fail "tern run"

# Capped below every unit.
TERN_MAX_ISA=avx2 "$tern" run net/model.onnx "${shape[@]}" --output capped_f32 > capped_f32.log 2>&1
TERN_MAX_ISA=avx2 "$tern" run net/model.onnx "${shape[@]}" --output capped --precision bf16 \
  > capped.log 2>&1 || fail "tern run --precision bf16, capped"
[ "$(grep -c "$warning" capped.log)" = 1 ] || fail "the warning is not there once"
cmp capped_f32/probabilities.npy capped/probabilities.npy || fail "not the results of f32"
TERN_MAX_ISA=avx2 "$tern" bench net/model.onnx --seconds 0.05 --precision bf16 --json \
  > capped_bench.log 2> /dev/null
grep -q '"precision":"f32"' capped_bench.log || fail "bench claims bf16"

# As this machine is.
"$tern" run net/model.onnx "${shape[@]}" --precision bf16 > run.log 2>&1 || fail "tern run"
"$tern" verify net --precision bf16 --compare close > verify.log 2>&1 || fail "tern verify"
grep -q '1 passed, 0 failed' verify.log || fail "tern verify"
"$tern" bench net/model.onnx --seconds 0.05 --precision bf16 --json > bench.log 2> bench_warning.log
for field in precision max_abs_err cosine top1; do
  grep -q "\"$field\":[\"0-9]" bench.log || fail "bench --json has no $field"
done
"$tern" inspect net/model.onnx --kernels --precision bf16 > inspect.log 2>&1
if grep -q "$warning" run.log; then
  grep -q '_bf16' inspect.log && fail "kernels of bf16 on a machine without a unit"
else
  grep -q '"precision":"bf16"' bench.log || fail "bench does not say bf16"
  grep -q '_bf16' inspect.log || fail "no kernel of bf16"
fi

"$tern" run net/model.onnx --precision f16 > mistake.log 2>&1 && fail "f16 was taken"
[ "$("$tern" run net/model.onnx --precision f16 > /dev/null 2>&1; echo $?)" = 2 ] \
  || fail "not the exit code of a usage error"
grep -q 'bf16' mistake.log || fail "the message does not say what there is"
echo passed
