#!/bin/sh
# Wallets of psic-node and eth-account, both directions: see wallets.py.
#   wallets.sh PSIC-NODE [--seed N] [--rounds N]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
what=wallets script=wallets.py
. "$here/ethereum-python.sh"
exec "$venv_python" "$here/$script" "$@"
