#!/bin/sh
# Random programs on psic-node and on revm (pyrevm), which must do the same: see revm.py.
#   revm.sh PSIC-NODE [--count N] [--seed S]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
what=revm script=revm.py set=revm count=1000
. "$here/ethereum-python.sh"
exec "$venv_python" "$here/$script" "$@"
