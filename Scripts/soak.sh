#!/bin/sh
# Kills a process that imports blocks KILLS times (2,000) at random moments, for MINUTES (90) at most;
# before that its disk is full. SEED makes the moments others.
# shellcheck source=Scripts/lib.sh
. "$(dirname "$0")/lib.sh"
set -u
kills=${KILLS:-2000}
minutes=${MINUTES:-90}
work=$(mktemp -d "${TMPDIR:-/tmp}/psic-soak.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

if [ -z "${BIN:-}" ]; then
    say "building (release)"
    "$swift" build -c release --product LedgerCrash >"$work/build" 2>&1 ||
        { cat "$work/build" >&2; fail "build"; }
    BIN=$("$swift" build -c release --show-bin-path) || fail "build"
fi
say "$kills kills, $minutes minutes at most; the chain is in $work"
"$BIN/LedgerCrash" "$work/ledger" --kills "$kills" --minutes "$minutes" --seed "${SEED:-1}" ||
    fail "the ledger"
say "done in $(elapsed) s"
