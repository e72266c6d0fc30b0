#!/bin/sh
# The simulated swarm gives the same trace for the same seed in separate processes, and another trace
# for another seed.
#   swarm-check.sh BINARY
set -eu
binary=$1

trace() { "$binary" --peers "${2:-24}" --seed "$1" | sed -n 's/^ *digest //p'; }

first=$(trace 7)
again=$(trace 7)
other=$(trace 8)
[ -n "$first" ] || { echo "swarm-check: no trace" >&2; exit 1; }
[ "$first" = "$again" ] || { echo "swarm-check: seed 7 gave $first, then $again" >&2; exit 1; }
[ "$first" != "$other" ] || { echo "swarm-check: seeds 7 and 8 gave the same trace" >&2; exit 1; }
echo "swarm-check: seed 7 gives trace $first twice, seed 8 another"
