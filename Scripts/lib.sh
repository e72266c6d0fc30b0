# Sourced by the scripts beside it: where the package is, and how a script speaks.
# shellcheck shell=sh
cd "$(dirname "$0")/.." || exit 1
name="make $(basename "$0" .sh)"
swift=${SWIFT:-swift}
started=$(date +%s)

# One line for a step that begins.
say() { printf '%s: %s\n' "$name" "$*" >&2; }

# The closing line of a run that went wrong.
fail() { say "FAILED: $*"; exit 1; }

elapsed() { echo $(($(date +%s) - started)); }

# Swift files written by people: all but generated ones.
swift_files() {
    for root in Package.swift Sources Tests Examples Benchmarks Fuzz; do
        [ -e "$root" ] || continue
        find "$root" -name '.*' ! -name . -prune -o -type f -name '*.swift' ! -name '*.pb.swift' -print
    done
}
