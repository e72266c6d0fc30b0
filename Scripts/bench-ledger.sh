#!/bin/sh
# Measures the ledger in release: transfers, import, a large state, JSON-RPC under load, and the virtual
# machine beside revm. Arguments go to Benchmarks/ledger.py (--runs N, --quick, ...).
set -eu
. "$(dirname "$0")/lib.sh"
python=$(command -v python3.11 || command -v python3) || fail "python3 is needed to drive the measurements"
say "building psic-node and LedgerBench (release)"
"$swift" build -c release --product psic-node >&2 || fail "psic-node"
"$swift" build -c release --package-path Benchmarks --product LedgerBench >&2 || fail "LedgerBench"
"$python" Benchmarks/ledger.py \
    --psic "$("$swift" build -c release --show-bin-path)/psic-node" \
    --bench "$("$swift" build -c release --package-path Benchmarks --show-bin-path)/LedgerBench" \
    "$@" || fail "Benchmarks/ledger.py"
say "done in $(elapsed) s"
