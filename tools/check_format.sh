#!/usr/bin/env bash
# Checks that every C and C++ source is as clang-format 14 writes it; --fix rewrites it so.
#
#   tools/check_format.sh [--fix] [FILE...]      # all sources when none is given
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mode=(--dry-run --Werror --ferror-limit=1)
if [ "${1:-}" = --fix ]; then mode=(-i); shift; fi
formatter=$(command -v clang-format-14) ||
  { echo "check_format: clang-format-14 is missing (Debian package clang-format-14)" >&2; exit 1; }

sources() {
  if [ $# -gt 0 ]; then printf '%s\0' "$@"; return; fi
  for folder in include src apps tests bench examples micro; do
    [ ! -d "$folder" ] || find "$folder" -type f \( -name '*.h' -o -name '*.cpp' -o -name '*.c' \) -print0
  done
}
sources "$@" | xargs -0 -r -n 24 -P "$(nproc)" "$formatter" --style=file "${mode[@]}" ||
  { echo "check_format: put it right with tools/check_format.sh --fix" >&2; exit 1; }
