#!/bin/sh
# Prints the path of a Python that has pyrevm; makes its environment if need be. Exit code 1 and why, on
# standard error, where that cannot be.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
what=revm script=revm.py set=revm count=0
exec 3>&1 1>&2
PEERKIT_INTEROP=required
. "$here/ethereum-python.sh"
echo "$venv_python" >&3
