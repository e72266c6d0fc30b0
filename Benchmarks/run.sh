#!/bin/sh
# Every measurement, ours and the peers' side by side. See README.md.
#   run.sh [--only WORD,...] [--runs N] [--quick]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=$(command -v python3.11 || command -v python3 || true)
if [ -z "$python" ]; then
    echo "Benchmarks/run.sh: python3 is needed to drive the measurements" >&2
    exit 1
fi
exec "$python" "$here/run.py" "$@"
