#!/usr/bin/env bash
# unpack.sh DESTINATION: unpacks the tarballs of published cases, and the archives of tensors (.npz)
# that lie beside published models, unless that was done already.
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
for pack in "$TERN_TEST_DATA"/models/onnx-*/*/*.npz; do
  folder=$destination/${pack#"$TERN_TEST_DATA"/}
  folder=${folder%.npz}
  [ "$folder/.stamp" -nt "$pack" ] && continue
  mkdir -p "$folder"
  python3 -m zipfile -e "$pack" "$folder"
  touch "$folder/.stamp"
done
