#!/usr/bin/env bash
# From a fresh Debian 12 to a first result: installs the packages that are missing, builds tern, and
# runs the main job in this terminal. Nothing is left running and nothing is written outside build/.
# Run it again at any time: only what changed is done again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. tools/steps.sh

tern=build/release/bin/tern
work=build/quickstart
background=()

cleanup() {
  for pid in "${background[@]}"; do kill "$pid" 2> /dev/null || true; done
  for pid in "${background[@]}"; do wait "$pid" 2> /dev/null || true; done
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# show COMMAND...: prints the command, then runs it with its output indented.
show() {
  printf '      %s$ %s%s\n' "$dim" "$*" "$plain"
  "$@" 2>&1 | sed 's/^/      /' || fail "$*"
}

# wait_for_ready LOG PID: the address that the server's line "ready ..." names.
wait_for_ready() {
  local url waited
  for ((waited = 0; waited < 600; waited++)); do
    url=$(sed -n 's/^ready \(http[^ ]*\).*/\1/p' "$1" | head -1)
    if [ -n "$url" ]; then printf '%s' "$url"; return; fi
    kill -0 "$2" 2> /dev/null || fail "the server has ended: $(tail -n 3 "$1")"
    sleep 0.1
  done
  fail "the server was not ready within a minute: $(tail -n 3 "$1")"
}

steps_total=8
step "install missing packages" tools/install_packages.sh build run
build_preset release tern
rm -rf "$work"
mkdir -p "$work"

heading "train a small convolutional network on handwritten digits; a fifth is held out"
show $tern train data/digits/train.yaml --set output=$work/digits.onnx \
  --set checkpoint=$work/digits.ckpt --set "data.validation={fraction: 0.2, save: $work/held_out.csv}"

heading "inspect the model that training has written"
show $tern inspect $work/digits.onnx --shape input=1,1,8,8 --kernels

heading "predict the held-out digits here"
show $tern predict $work/digits.onnx $work/held_out.csv --label last --quiet --output $work/predictions.csv

heading "serve the model, and ask the server about the same digits"
printf '      %s$ %s%s\n' "$dim" "$tern serve --models $work/digits.onnx --http 127.0.0.1:0" "$plain"
$tern serve --models $work/digits.onnx --http 127.0.0.1:0 > $work/server.log 2>&1 &
server=$!
background+=("$server")
url=$(wait_for_ready $work/server.log $server)
show data/digits/ask_server.sh "$url" $work/held_out.csv $work/predictions.csv
show curl -sS "$url/metrics" -o $work/metrics.txt
grep -E '^tern_(requests_total|request_seconds_count|batch_rows_sum)|^nv_inference_(count|request_success)' $work/metrics.txt |
  head -3 | sed 's/^/      /'

heading "stop the server"
kill -TERM "$server"
wait "$server" || fail "the server ended with exit code $?: $(tail -n 3 $work/server.log)"
background=()
say "      exit code 0, nothing is left running"

cat <<TEXT

Done: $work/digits.onnx is a model that other runtimes read too. What to try next:
  $tern train data/digits/train.yaml --set epochs=30     your own runs; docs/guides/train_a_model.md
  $tern serve --models $work/digits.onnx --http 127.0.0.1:8000     and open it in a browser
  $tern --help                       run, inspect, bench, verify your own ONNX models
  ./test.sh                          all tests
  examples/                          programs against the library
  docs/                              every part, and guides
TEXT
