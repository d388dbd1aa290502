#!/usr/bin/env bash
# train_test.sh TERN SOURCE CASE: `tern train` as people run it, on the configurations in data/.
#   digits   a few epochs reach a good accuracy, and the model that is written runs
#   kill     killed again and again, training goes on to the same file, byte for byte
#   mistakes exit codes and messages
#   mnist    the MNIST example reaches what its page says (slow; needs TERN_TEST_DATA)
set -euo pipefail
tern=$1 source=$2 case=$3
work=$(mktemp -d)
pid=
cleanup() {
  if [ -n "$pid" ]; then kill -9 "$pid" 2> /dev/null || true; fi
  rm -rf "$work"
}
trap cleanup EXIT
cd "$work"

fail() {
  echo "FAILED: $*"
  for log in ./*.log; do [ -f "$log" ] && { echo "--- $log"; tail -n 20 "$log"; }; done
  exit 1
}

# number NAME FILE: a number of the JSON object in FILE.
number() { sed -nE "s/.*\"$1\":([-0-9.e]+).*/\1/p" "$2"; }
# at_least A B: A >= B.
at_least() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a + 0 >= b + 0) }'; }

digits() {
  "$tern" train "$source/data/digits/train.yaml" --json --set epochs=2 --set threads=2 \
    > summary.json 2> train.log || fail "exit code $?"
  local accuracy
  accuracy=$(number accuracy summary.json)
  at_least "$accuracy" 0.9 || fail "accuracy $accuracy after two epochs"
  [ "$(number validation_rows summary.json)" = 359 ] || fail "$(cat summary.json)"
  "$tern" run digits.onnx --shape input=5,1,8,8 > run.log 2>&1 || fail "tern run"
  grep -q '^probabilities  f32\[5,10\]' run.log || fail "no probabilities"
}

# Small enough that starting takes longer than training.
small=(--set 'model=[flatten, dense: 24, batch_norm, relu, dropout: 0.2, dense: 10]' --set epochs=6
  --set threads=2 --set checkpoint.path=state.ckpt --set checkpoint.steps=5 --no-progress)

# await WHAT COMMAND...: until COMMAND succeeds, for as long as the training runs.
await() {
  local what=$1 tries=0
  shift
  until "$@"; do
    kill -0 "$pid" 2> /dev/null || return 1
    tries=$((tries + 1))
    [ "$tries" -lt 12000 ] || fail "no $what in two minutes"
    sleep 0.01
  done
}
changed() { [ "$(stat -c %i state.ckpt 2> /dev/null)" != "$before" ]; }

kill_again_and_again() {
  "$tern" train "$source/data/digits/train.yaml" "${small[@]}" --set checkpoint.path=other.ckpt \
    --set output=straight.onnx > straight.log 2>&1 || fail "exit code $?"
  local kills=0 runs=0 status
  while :; do
    runs=$((runs + 1))
    [ "$runs" -le 100 ] || fail "no end after 100 runs"
    before=$(stat -c %i state.ckpt 2> /dev/null || true)
    "$tern" train "$source/data/digits/train.yaml" "${small[@]}" --resume --set output=killed.onnx \
      > killed.log 2>&1 &
    pid=$!
    # The first run dies before it has written anything, later ones some time after a checkpoint.
    if [ "$runs" -eq 1 ]; then
      kill -9 "$pid"
    elif [ "$runs" -le 8 ] && await "checkpoint" changed; then
      sleep "0.0$((runs * 7 % 10))"
      kill -9 "$pid" 2> /dev/null || true
    fi
    status=0
    wait "$pid" 2> /dev/null || status=$?
    pid=
    if [ "$status" -eq 0 ]; then break; fi
    [ "$status" -eq 137 ] || fail "exit code $status"
    kills=$((kills + 1))
  done
  echo "$kills kills"
  cmp straight.onnx killed.onnx || fail "another model than without kills"
}

expect() {
  local wanted=$1 text=$2 status=0
  shift 2
  "$tern" train "$@" > mistake.log 2>&1 || status=$?
  [ "$status" -eq "$wanted" ] || fail "exit code $status instead of $wanted: $*"
  grep -qF -- "$text" mistake.log || fail "no '$text': $*"
}

mistakes() {
  printf 'data: {type: csv, path: a.csv}\nmodel: [dense: x]\noutput: a.onnx\n' > bad.yaml
  expect 2 'bad.yaml:2:16: model.layers[0].units: "x" is not a whole number' bad.yaml
  expect 2 '--set epochs=0: epochs: 0 is below 1' "$source/data/digits/train.yaml" --set epochs=0
  expect 1 'absent.yaml' absent.yaml
  expect 2 'CONFIG' # none is given
  printf '1,2,a\n1,x,b\n' > a.csv
  printf 'data: {type: csv, path: a.csv}\nmodel: [dense: 2]\noutput: a.onnx\n' > good.yaml
  expect 1 'a.csv:2: column 2' good.yaml
  [ ! -e a.onnx ] || fail "a.onnx was written"
}

mnist() {
  if [ -z "${TERN_TEST_DATA:-}" ]; then
    echo "skipped: TERN_TEST_DATA is not set (docs/testing.md)"
    exit 77
  fi
  "$tern" train "$source/data/mnist/train.yaml" --json --set "data.path=$TERN_TEST_DATA/datasets/mnist-10k" \
    > summary.json 2> train.log || fail "exit code $?"
  local accuracy
  accuracy=$(number accuracy summary.json)
  at_least "$accuracy" 0.975 || fail "accuracy $accuracy"
  echo "accuracy $accuracy"
}

case $case in
  digits | mistakes | mnist) "$case" ;;
  kill) kill_again_and_again ;;
  *) fail "there is no case $case" ;;
esac
