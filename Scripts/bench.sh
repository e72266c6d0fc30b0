#!/bin/sh
# Runs Benchmarks/run.sh, which measures in release and beside the peers' own figures.
set -eu
. "$(dirname "$0")/lib.sh"
[ -x Benchmarks/run.sh ] || fail "there is no Benchmarks/run.sh"
Scripts/setup.sh --interop
Benchmarks/run.sh "$@" || fail "Benchmarks/run.sh"
say "done in $(elapsed) s"
