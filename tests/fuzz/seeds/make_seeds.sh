#!/usr/bin/env bash
# Writes the binary seeds of tests/fuzz/corpus from the text forms beside this script.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../../..

# encode MESSAGE TARGET: every text form of that target through protoc.
encode() {
  for text in "$here/$2"/*.textproto; do
    protoc --proto_path="$root" --encode="tern.onnx_pb.$1" proto/onnx.proto \
      < "$text" > "$here/../corpus/$2/$(basename "$text" .textproto)"
  done
}
encode ModelProto onnx
encode TensorProto tensor_pb
python3 "$here/checkpoint/make_checkpoints.py" "$here/../corpus/checkpoint"
