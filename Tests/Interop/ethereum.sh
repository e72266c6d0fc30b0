#!/bin/sh
# Unmodified Ethereum software (web3.py, eth-account, Vyper, py-trie) against psic-node run --dev.
#   ethereum.sh PSIC-NODE [WORD...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
what=ethereum script=ethereum.py
. "$here/ethereum-python.sh"
exec "$venv_python" "$here/$script" "$@"
