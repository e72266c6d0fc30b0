#!/bin/sh
# Third-party libp2p peers for interop tests, from PyPI into one directory:
#   setup.sh DIR          (then: export PEERKIT_LAB=DIR)
# makes DIR/p2pd     go-libp2p v0.32.1 daemon, taken out of hivemind's wheel (x86-64 Linux only)
#       DIR/py       virtual environment with py-libp2p 0.8.1 (Python 3.11)
#       DIR/wheels   what was downloaded; keep it to run again without a registry
# Safe to run again: it does only what is missing. PYTHON picks the interpreter (default: python3.11,
# else python3). ONLY=go makes only p2pd, which gopeer.py needs nothing else for; ONLY=py only the other.
# Exit status: 0 ready; 69 this machine cannot have the peer (what is missing is the last line on
# stderr), which no change to this package can mend; anything else is a fault worth looking at.
set -eu
[ $# -eq 1 ] || { echo "usage: $0 DIR" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
unavailable() { echo "$*" >&2; exit 69; }
[ "$(uname -sm)" = "Linux x86_64" ] || unavailable "p2pd is built for Linux x86_64 only, not $(uname -sm)"
python=${PYTHON:-$(command -v python3.11 || command -v python3 || true)}
[ -n "$python" ] || unavailable "there is no python3"
mkdir -p "$1"
dir=$(cd "$1" && pwd)
wheel=hivemind-1.1.12-py3-none-manylinux2014_x86_64.whl
p2pd_sha256=42f8f48e62583b97cdba3c31439c08029fb2b9fc506b5bdd82c46b7cc1d279d8
pip="pip --disable-pip-version-check --retries 1 --timeout 15"

p2pd_is_right() { echo "$p2pd_sha256  $dir/p2pd" | sha256sum -c --status 2>/dev/null; }

# Runs pip; where it fails, its last word is the reason.
fetched() { # WHAT COMMAND...
  what=$1
  shift
  "$@" >"$dir/pip.log" 2>&1 && return
  unavailable "$what could not be had from PyPI: $(grep -i '^error' "$dir/pip.log" | tail -n 1) (all of it: pip.log in the lab)"
}

# Debian's python3 has no pip of its own; every virtual environment has one.
environment() { # DIRECTORY
  "$python" -m venv --clear "$1" >"$dir/pip.log" 2>&1 ||
    unavailable "$python cannot make a virtual environment (Debian: apt-get install python3-venv)"
}

if [ "${ONLY:-go}" = go ] && ! p2pd_is_right; then
  mkdir -p "$dir/wheels"
  if [ ! -f "$dir/wheels/$wheel" ]; then
    fetcher=$python
    if ! "$python" -m pip --version >/dev/null 2>&1; then
      environment "$dir/fetcher"
      fetcher=$dir/fetcher/bin/python
    fi
    # shellcheck disable=SC2086
    fetched "hivemind's wheel, which holds p2pd," "$fetcher" -m $pip download -q --no-deps --only-binary=:all: \
      --platform manylinux2014_x86_64 -d "$dir/wheels" hivemind==1.1.12
  fi
  "$python" - "$dir/wheels/$wheel" "$dir/p2pd.new" <<'PY'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z, open(sys.argv[2], "wb") as out:
    out.write(z.read("hivemind/hivemind_cli/p2pd"))
PY
  chmod 755 "$dir/p2pd.new"
  mv "$dir/p2pd.new" "$dir/p2pd"
  p2pd_is_right || { echo "p2pd has another SHA-256 than expected" >&2; exit 1; }
fi

if [ "${ONLY:-py}" = py ] && ! cmp -s "$here/requirements.txt" "$dir/py/requirements.txt"; then
  mkdir -p "$dir/wheels"
  environment "$dir/py"
  # Wheels kept from an earlier run are enough; else PyPI. fastecdsa has no binary wheel for this
  # version: pip builds it, for which it needs gcc, libgmp-dev and Python's headers.
  # shellcheck disable=SC2086
  "$dir/py/bin/python" -m $pip install -q --no-index --find-links "$dir/wheels" -r "$here/requirements.txt" 2>/dev/null || {
    fetched "py-libp2p" "$dir/py/bin/python" -m $pip wheel -q -w "$dir/wheels" -r "$here/requirements.txt"
    "$dir/py/bin/python" -m $pip install -q --no-index --find-links "$dir/wheels" -r "$here/requirements.txt"
  }
  "$dir/py/bin/python" -c 'import libp2p'
  cp "$here/requirements.txt" "$dir/py/requirements.txt"
fi
echo "ready: $dir"
