#!/usr/bin/env bash
# package_test.sh BUILD_DIR: makes the Debian packages and looks into them: contents, dependencies,
# a program that runs once unpacked, a cmake package that is found.
set -euo pipefail
build=$1
version=$(sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' "$build/CMakeCache.txt")
scratch=$(mktemp -d "$build/package_test.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

fail() { echo "FAILED: $*"; exit 1; }
run() { "$@" > "$scratch/log" 2>&1 || { cat "$scratch/log"; fail "$*"; }; }

run cpack --config "$build/CPackConfig.cmake" -G DEB -B "$scratch/cpack"
arch=$(dpkg --print-architecture)
program=$scratch/cpack/tern_${version}_$arch.deb
library=$scratch/cpack/libtern-dev_${version}_$arch.deb

depends() { dpkg-deb --field "$1" Depends; }
depends "$program" | grep -qE '(^| )libc6 ' || fail "tern's Depends lacks libc6: $(depends "$program")"
# What the program is linked to must be installed with it, whichever library that is.
mkdir "$scratch/system" "$scratch/user"
dpkg-deb -x "$program" "$scratch/system"
dpkg-deb -x "$library" "$scratch/system"
needed=$(objdump -p "$scratch/system/usr/bin/tern" | awk '$1 == "NEEDED" { print $2 }')
for soname in $needed; do
  owners=$(dpkg -S "*/$soname" 2> /dev/null | sed 's/:.*//' | sort -u) || fail "$soname belongs to no package"
  # One owner among the Depends is enough; a 32-bit twin may be installed beside it.
  # A package that others provide under a name of its interface (libspdlog1.10-fmt9) counts as well.
  provided=$(dpkg-query -W -f '${Provides}\n' $owners 2> /dev/null | tr ',' '\n' | awk '{ print $1 }' | sort -u)
  depends "$program" | tr ',' '\n' | awk '{ print $1 }' | grep -qxF "$owners"$'\n'"$provided" ||
    fail "tern needs $soname of $owners, which its Depends lacks: $(depends "$program")"
done
echo "ok: Depends of tern covers the $(echo "$needed" | wc -l) libraries it is linked to"

for package in $(depends "$library" | tr ',' '\n' | awk '{ print $1 }'); do
  grep -qx "$package" "$(dirname "$0")/../../packages.txt" ||
    fail "libtern-dev depends on $package, which packages.txt does not have"
done
echo "ok: libtern-dev depends on $(depends "$library")"

run "$scratch/system/usr/bin/tern" --version
cat > "$scratch/user/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES CXX)
find_package(tern CONFIG REQUIRED)
get_target_property(links tern::tern INTERFACE_LINK_LIBRARIES)
message(STATUS "tern::tern links ${links}")
CMAKE
run cmake -S "$scratch/user" -B "$scratch/user/build" -DCMAKE_PREFIX_PATH="$scratch/system/usr"
grep -q 'tern::base' "$scratch/log" || fail "tern::tern links no module: $(cat "$scratch/log")"
echo "ok: the unpacked program runs and the cmake package is found"
