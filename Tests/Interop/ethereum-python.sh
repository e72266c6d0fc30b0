# For the scripts beside it, which set `what` and `script` and source this: sets `venv_python`.
# Makes a virtual environment in .lab/SET of the package (PEERKIT_LAB names another place than .lab)
# from PyPI by SET-requirements.txt, once. `set` is ethereum if it is not said. Where that cannot be had
# the checks (`count` of them, or as many as the script has) are skipped, and counted so;
# PEERKIT_INTEROP=required makes that a failure.
set=${set:-ethereum}
lab=${PEERKIT_LAB:-$here/../../.lab}
mkdir -p "$lab"
lab=$(cd "$lab" && pwd)/$set
python=${PYTHON:-$(command -v python3.11 || command -v python3 || true)}
count=${count:-$(grep -c '^@check' "$here/$script")}

skip() {
    echo "skipped: all checks of $what: $*"
    echo "$what: 0 passed, 0 failed, $count skipped ($*)"
    [ "${PEERKIT_INTEROP:-}" != required ]
    exit
}

[ -n "$python" ] || skip "there is no python3"
if ! cmp -s "$here/$set-requirements.txt" "$lab/requirements.txt"; then
    mkdir -p "$lab"
    "$python" -m venv --clear "$lab/venv" >"$lab/pip.log" 2>&1 ||
        skip "$python cannot make a virtual environment"
    "$lab/venv/bin/python" -m pip --disable-pip-version-check --retries 1 --timeout 15 install -q \
        -r "$here/$set-requirements.txt" >"$lab/pip.log" 2>&1 ||
        skip "PyPI: $(grep -i '^error' "$lab/pip.log" | tail -n 1)"
    cp "$here/$set-requirements.txt" "$lab/requirements.txt"
fi
venv_python=$lab/venv/bin/python
