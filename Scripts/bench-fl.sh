#!/bin/sh
# FedLearn beside Flower, NumPy, SciPy, PyTorch and Opacus, on one thread: Benchmarks/fedlearn.py.
# The peers come from PyPI into .lab/fedlearn (PEERKIT_LAB names another place than .lab), once; where that
# cannot be had their columns are missing, visibly. Arguments go to fedlearn.py, such as --only rules.
set -eu
. "$(dirname "$0")/lib.sh"
lab=${PEERKIT_LAB:-$PWD/.lab}/fedlearn
requirements=Benchmarks/fedlearn-requirements.txt
python=${PYTHON:-$(command -v python3.11 || command -v python3 || true)}
[ -n "$python" ] || fail "python3 is needed to drive the measurements"

# Says where the peers are, or nothing.
peers() {
    if ! cmp -s "$requirements" "$lab/requirements.txt"; then
        mkdir -p "$lab"
        "$python" -m venv --clear "$lab/venv" >"$lab/pip.log" 2>&1 || return 0
        pip="$lab/venv/bin/python -m pip --disable-pip-version-check --retries 1 --timeout 15 install -q"
        say "installing the peers into $lab"
        $pip -r "$requirements" >"$lab/pip.log" 2>&1 || return 0
        # Its requirements pin what others here pin differently; those of the functions are in the list.
        $pip --no-deps flwr==1.42.0 >"$lab/flwr.log" 2>&1 || say "skipped: Flower: $(tail -n 1 "$lab/flwr.log")"
        cp "$requirements" "$lab/requirements.txt"
    fi
    echo "$lab/venv/bin/python"
}

peer_python=$(peers)
[ -n "$peer_python" ] || say "skipped: all peers: $(tail -n 1 "$lab/pip.log")"
"$swift" build -c release --package-path Benchmarks --product PeerBench >&2 || fail "PeerBench does not build"
OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 FLWR_TELEMETRY_ENABLED=0 \
    "$python" Benchmarks/fedlearn.py --binary Benchmarks/.build/release/PeerBench \
    --python "$peer_python" "$@" || fail "Benchmarks/fedlearn.py"
say "done in $(elapsed) s"
