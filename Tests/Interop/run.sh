#!/bin/sh
# All interop checks: EchoPeer against go-libp2p and py-libp2p, both directions. See README.md.
#   run.sh [--echo-peer FILE] [--pairs go:psic,...] [--only WORD] [--json FILE]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=$(command -v python3.11 || command -v python3 || true)
if [ -z "$python" ]; then
    # Counted all the same: a check that did not run must be seen.
    skipped=$((4 * $(grep -c '^@check(' "$here/run.py")))
    echo "skipped: all checks: there is no python3 to drive them"
    echo "interop: 0 passed, 0 failed, $skipped skipped (there is no python3)"
    [ "${PEERKIT_INTEROP:-}" != required ]
    exit
fi
exec "$python" "$here/run.py" "$@"
