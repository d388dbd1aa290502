#!/usr/bin/env bash
# Installs what is missing of the Debian packages that packages.txt lists.
#
#   tools/install_packages.sh build test      # sections; all of them when none is given
#
# Needs root or sudo only when something is missing; asks no question and touches nothing else.
set -euo pipefail
list=$(dirname "${BASH_SOURCE[0]}")/../packages.txt

die() { printf 'install_packages: %s\n' "$*" >&2; exit 1; }

# Prints the packages of the sections named in "$@".
packages_of() {
  awk -v wanted=" $* " '
    /^[ \t]*(#|$)/ { next }
    /^\[.*\]$/     { section = substr($0, 2, length($0) - 2); known[section] = 1; next }
                   { if (wanted == "  " || index(wanted, " " section " ")) print $1 }
    END { n = split(wanted, w, " ")
          for (i = 1; i <= n; ++i) if (!(w[i] in known)) {
            print "install_packages: packages.txt has no section [" w[i] "]" > "/dev/stderr"; exit 1 } }
  ' "$list" | sort -u
}

packages=$(packages_of "$@")
command -v dpkg-query > /dev/null ||
  die "this is no Debian system; install what these Debian packages hold, then use cmake as docs/building.md shows:" $packages

installed=$(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' 2> /dev/null | sed -n 's/^ii //p' | sort -u)
missing=$(comm -23 <(printf '%s\n' "$packages") <(printf '%s\n' "$installed"))
[ -n "$missing" ] || exit 0
missing=$(echo $missing)

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo > /dev/null || die "run this as root (there is no sudo here); missing packages: $missing"
  as_root=(sudo)
  [ -t 0 ] || as_root=(sudo -n)
fi
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" < /dev/null
}

echo "installing: $missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt update > "$log" 2>&1 || { tail -5 "$log" >&2; echo "install_packages: apt-get update failed; trying with the package lists at hand" >&2; }
if ! apt install --no-install-recommends $missing > "$log" 2>&1; then
  grep -E '^(E|W):|Unable|unmet|Depends|Conflicts' "$log" >&2 || tail -20 "$log" >&2
  die "apt-get could not install: $missing (tern is built with the packages of Debian 12; this is $(. /etc/os-release; echo "${PRETTY_NAME:-unknown}"))"
fi
