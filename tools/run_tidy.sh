#!/usr/bin/env bash
# Runs clang-tidy 14 with .clang-tidy over the sources that differ from a base, or over given ones.
#
#   tools/run_tidy.sh [--base main] [FILE.cpp...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

base=main
if [ "${1:-}" = --base ]; then base=$2; shift 2; fi
files=("$@")
if [ ${#files[@]} -eq 0 ]; then
  mapfile -t files < <({ git diff --name-only --diff-filter=d "$(git merge-base "$base" HEAD)";
                         git ls-files --others --exclude-standard; } |
                       grep -E '^(src|apps|tests|bench)/.*\.cpp$' | sort -u)
fi
[ ${#files[@]} -gt 0 ] || { echo "run_tidy: nothing differs from $base"; exit 0; }

cmake --preset tidy > /dev/null
# Generated sources (protobuf messages) must exist before their includers can be parsed.
generated=$(ninja -C build/tidy -t targets all | sed -n 's/^\([^ ]*\.pb\.h\): .*/\1/p')
[ -z "$generated" ] || ninja -C build/tidy $generated > /dev/null
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy-14 --quiet -p build/tidy
