# For ethereum.sh and wallets.sh, which set `what` and `script` and source this: sets `venv_python`.
# Makes a virtual environment in .lab/ethereum of the package (PEERKIT_LAB names another place than
# .lab) from PyPI, once. Where that cannot be had the checks are skipped, and counted so;
# PEERKIT_INTEROP=required makes that a failure.
lab=${PEERKIT_LAB:-$here/../../.lab}
mkdir -p "$lab"
lab=$(cd "$lab" && pwd)/ethereum
python=${PYTHON:-$(command -v python3.11 || command -v python3 || true)}
count=$(grep -c '^@check' "$here/$script")

skip() {
    echo "skipped: all checks of $what: $*"
    echo "$what: 0 passed, 0 failed, $count skipped ($*)"
    [ "${PEERKIT_INTEROP:-}" != required ]
    exit
}

[ -n "$python" ] || skip "there is no python3"
if ! cmp -s "$here/ethereum-requirements.txt" "$lab/requirements.txt"; then
    mkdir -p "$lab"
    "$python" -m venv --clear "$lab/venv" >"$lab/pip.log" 2>&1 ||
        skip "$python cannot make a virtual environment"
    "$lab/venv/bin/python" -m pip --disable-pip-version-check --retries 1 --timeout 15 install -q \
        -r "$here/ethereum-requirements.txt" >"$lab/pip.log" 2>&1 ||
        skip "PyPI: $(grep -i '^error' "$lab/pip.log" | tail -n 1)"
    cp "$here/ethereum-requirements.txt" "$lab/requirements.txt"
fi
venv_python=$lab/venv/bin/python
