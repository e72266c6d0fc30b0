#!/bin/sh
# Makes sure that all that a build needs is on this machine, and installs what is missing where it
# may: system libraries with apt, as root or through sudo. Touches nothing when all is present.
#   setup.sh             what a build needs
#   setup.sh --interop   also what the peers of Tests/Interop need; doing without is no failure
set -eu
. "$(dirname "$0")/lib.sh"
name=setup
least=6.2

# module of pkg-config : Debian package : Homebrew package
libraries="libsodium:libsodium-dev:libsodium
libsecp256k1:libsecp256k1-dev:secp256k1
lmdb:liblmdb-dev:lmdb"

have() { command -v "$1" >/dev/null 2>&1; }

# Whether version $1 is at least $2, both MAJOR.MINOR[.PATCH].
at_least() {
    printf '%s %s\n' "$1" "$2" |
        awk '{ split($1, a, "."); split($2, b, "."); exit !(a[1] > b[1] || a[1] == b[1] && a[2] >= b[2]) }'
}

check_swift() {
    have "$swift" || fail "no Swift toolchain: install Swift $least or newer" \
        "(https://www.swift.org/install), put its 'swift' on PATH, and run this again"
    version=$("$swift" --version 2>/dev/null |
        sed -n 's/.*Swift version \([0-9][0-9]*\.[0-9][0-9.]*\).*/\1/p' | head -n 1)
    [ -n "$version" ] || fail "'$swift --version' does not name a Swift version"
    at_least "$version" "$least" || fail "Swift $version is too old: install Swift $least or newer" \
        "(https://www.swift.org/install)"
}

# A library counts as present when pkg-config finds it: this is how the build looks for it.
library_is_there() {
    if have pkg-config; then
        pkg-config --exists "$1"
    else
        have dpkg-query && dpkg-query -W -f '${Status}' "$2" 2>/dev/null | grep -q 'install ok installed'
    fi
}

missing_packages() { # $1: which column of `libraries` to print
    have git || echo git
    have pkg-config || echo "$([ "$1" = 3 ] && echo pkgconf || echo pkg-config)"
    echo "$libraries" | while IFS=: read -r module debian brew; do
        library_is_there "$module" "$debian" || case $1 in 2) echo "$debian" ;; 3) echo "$brew" ;; esac
    done
}

apt() { # as root, quietly; what it said is shown only when it failed
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get "$@" </dev/null >"$apt_log" 2>&1
}

# Installs the packages given; fails with a reason in $why.
install() {
    have apt-get || { why="this machine has no apt-get"; return 1; }
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        have sudo || { why="not root, and there is no sudo"; return 1; }
        # Without a terminal nobody can type a password.
        if ! sudo -n true 2>/dev/null; then
            [ -t 0 ] && [ -t 2 ] || { why="sudo asks for a password and there is no terminal"; return 1; }
            say "sudo may ask for your password"
            sudo true || { why="sudo was refused"; return 1; }
        fi
        as_root="sudo -n"
    fi
    apt_log=$(mktemp)
    say "installing $* with apt-get"
    # The package lists of a fresh image are empty or old: refresh them only when they fail us.
    if apt install -y --no-install-recommends "$@" ||
        { say "refreshing apt's package lists" && apt update && apt install -y --no-install-recommends "$@"; }; then
        rm -f "$apt_log"
        return 0
    fi
    why="apt-get failed: $(grep -m 1 '^E:' "$apt_log" || tail -n 1 "$apt_log")"
    rm -f "$apt_log"
    return 1
}

check_libraries() {
    # shellcheck disable=SC2046
    set -- $(missing_packages 2)
    [ $# -gt 0 ] || return 0
    if [ "$(uname -s)" = Darwin ]; then
        fail "missing:" $(missing_packages 3) "— install with: brew install" $(missing_packages 3)
    fi
    install "$@" || fail "missing: $* ($why) — install with:" \
        "sudo apt-get update && sudo apt-get install -y $*"
    # shellcheck disable=SC2046
    set -- $(missing_packages 2)
    [ $# -eq 0 ] || fail "installed, but pkg-config still does not find: $*"
}

# What setup.sh of Tests/Interop needs where its peers are not made yet. Doing without only means
# that interop checks are skipped, and they say so themselves.
check_interop() {
    [ "$(uname -sm)" = "Linux x86_64" ] || return 0
    [ ! -f "${PEERKIT_LAB:-.lab}/py/requirements.txt" ] || return 0
    set --
    have python3 || set -- "$@" python3
    # py-libp2p's fastecdsa is compiled on the spot.
    have python3 && python3 -c 'import ensurepip, venv' 2>/dev/null || set -- "$@" python3-venv
    have gcc || set -- "$@" gcc
    have python3 && python3 -c 'import os, sysconfig, sys
sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' || set -- "$@" python3-dev
    echo '#include <gmp.h>' | cc -E -x c - >/dev/null 2>&1 || set -- "$@" libgmp-dev
    [ $# -eq 0 ] || install "$@" || say "interop peers may be missing: $why (wanted: $*)"
}

check_swift
check_libraries
[ "${1:-}" != --interop ] || check_interop
say "Swift $version and all libraries are present"
