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

# run_example NAME: builds examples/NAME against an install of this build, as a user of the library
# would, and runs it in the work folder.
run_example() {
  step "install tern into $work/prefix" cmake --install build/release --prefix "$work/prefix"
  step "configure examples/$1" cmake -S "examples/$1" -B "$work/$1" -G Ninja \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$PWD/$work/prefix"
  step "build examples/$1" cmake --build "$work/$1"
  heading "run examples/$1"
  (cd "$work" && show "./$1/$1")
}

steps_total=10
step "install missing packages" tools/install_packages.sh build run
build_preset release
mkdir -p "$work"
run_example xor_graph

heading "inspect the model that the example has written"
mkdir -p "$work/xor"
cp "$work/xor.onnx" "$work/xor/model.onnx"
show $tern inspect "$work/xor/model.onnx" --shape x=4,2 --kernels

heading "run it on random input with the reference kernels, and record what comes out"
show $tern run "$work/xor/model.onnx" --reference --shape x=4,2 --record "$work/xor/test_data_set_0"

heading "verify the fast kernels against the recording"
show $tern verify "$work/xor"

cat <<TEXT

Done. What to try next:
  ./test.sh                          all tests
  build/release/bin/tern --help      run, inspect, bench, verify your own ONNX models
  build/release/bin/tern doctor      what this machine can do
  examples/                          programs to start from
  docs/building.md                   options, presets, packages
TEXT
