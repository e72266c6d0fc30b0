#!/bin/sh
# Gradients and optimiser steps of FedLearn beside PyTorch's: see gradients.py.
#   gradients.sh GRADIENT-FIXTURES
# PYTHON names an interpreter that has torch and safetensors. With PEERKIT_TORCH=install a virtual environment
# is made in .lab/torch of the package (PEERKIT_LAB names another place than .lab) from PyPI, once; not without
# being asked, as PyTorch brings 5 GB of libraries for graphics cards along. Without PyTorch the checks are skipped,
# and counted so: what it computed once is compared by the Swift tests (PyTorchTests).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
lab=${PEERKIT_LAB:-$here/../../.lab}
mkdir -p "$lab"
lab=$(cd "$lab" && pwd)/torch
# Five models, each with loss, gradient, five optimisers and a file of Python's.
count=40

skip() {
    echo "skipped: all checks of gradients: $*"
    echo "gradients: 0 passed, 0 failed, $count skipped ($*)"
    exit 0
}

has_torch() { "$1" -c 'import torch, safetensors.torch' >/dev/null 2>&1; }

if [ -n "${PYTHON:-}" ] && has_torch "$PYTHON"; then
    exec "$PYTHON" "$here/gradients.py" "$@"
fi
python=$(command -v python3.11 || command -v python3 || true)
[ -n "$python" ] || skip "there is no python3"
[ "${PEERKIT_TORCH:-}" = install ] || has_torch "$lab/venv/bin/python" ||
    skip "PyTorch is not here, and takes 5 GB: PEERKIT_TORCH=install"
if ! cmp -s "$here/gradients-requirements.txt" "$lab/requirements.txt" || ! has_torch "$lab/venv/bin/python"; then
    mkdir -p "$lab"
    "$python" -m venv --clear "$lab/venv" >"$lab/pip.log" 2>&1 ||
        skip "$python cannot make a virtual environment"
    "$lab/venv/bin/python" -m pip --disable-pip-version-check --retries 1 --timeout 15 install -q \
        -r "$here/gradients-requirements.txt" >"$lab/pip.log" 2>&1 ||
        skip "PyPI: $(grep -i '^error' "$lab/pip.log" | tail -n 1)"
    cp "$here/gradients-requirements.txt" "$lab/requirements.txt"
fi
exec "$lab/venv/bin/python" "$here/gradients.py" "$@"
