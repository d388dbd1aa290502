#!/usr/bin/env bash
# unpack.sh DESTINATION: unpacks the tarballs of published cases, unless that was done already.
set -euo pipefail
destination=$1
if [ -z "${TERN_TEST_DATA:-}" ]; then
  echo "skipped: TERN_TEST_DATA is not set (docs/testing.md)"
  exit 77
fi
mkdir -p "$destination"
shopt -s nullglob
for pack in "$TERN_TEST_DATA"/conformance/onnx-*.tar.xz; do
  stamp=$destination/.$(basename "$pack")
  [ "$stamp" -nt "$pack" ] && continue
  tar -xJf "$pack" -C "$destination"
  touch "$stamp"
done
