#!/usr/bin/env bash
# install_test.sh BUILD_DIR COMPILER: installs the build to a temporary prefix, moves the prefix (a
# relocated install must work), compiles every public header alone, and builds and runs every
# example and the program in README.md with find_package(tern) from there.
set -euo pipefail
build=$1 compiler=$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d "$build/install_test.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

run() {
  "$@" > "$scratch/log" 2>&1 || { cat "$scratch/log"; echo "FAILED: $*"; exit 1; }
}

run cmake --install "$build" --prefix "$scratch/first"
mv "$scratch/first" "$scratch/prefix"
prefix=$scratch/prefix
if grep -rlF -e "$root/src/" -e "$root/include/" -e "$build/" "$prefix/lib/cmake/tern"; then
  echo "FAILED: the cmake package above names a folder of the build"; exit 1
fi

run "$prefix/bin/tern" --version
echo "ok: tern runs from the prefix"

check_header() {
  echo "#include \"$1\"" |
    "$compiler" -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I "$prefix/include" -x c++ -
}
export -f check_header
export compiler prefix
headers=$(cd "$prefix/include" && find tern -name '*.h' | sort)
[ -n "$headers" ] || { echo "FAILED: no header was installed"; exit 1; }
echo "$headers" | run xargs -n 1 -P "$(nproc)" bash -c 'check_header "$1"' check_header
echo "ok: each of $(echo "$headers" | wc -l) public headers compiles alone"

# build_and_run NAME SOURCE_FOLDER: as a user of the installed library would.
build_and_run() {
  run cmake -S "$2" -B "$scratch/$1" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror"
  run cmake --build "$scratch/$1"
  (cd "$scratch/$1" && run "./$1")
}

for folder in "$root"/examples/*/; do
  name=$(basename "$folder")
  build_and_run "$name" "$folder"
  echo "ok: example $name builds and runs"
done

mkdir "$scratch/readme_source"
sed -n '/^```cpp$/,/^```$/p' "$root/README.md" | sed '/^```/d' > "$scratch/readme_source/main.cpp"
cat > "$scratch/readme_source/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(readme LANGUAGES CXX)
find_package(tern CONFIG REQUIRED)
add_executable(readme main.cpp)
target_link_libraries(readme PRIVATE tern::tern)
CMAKE
build_and_run readme "$scratch/readme_source"
echo "ok: the program in README.md builds and runs"
