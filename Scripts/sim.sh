#!/bin/sh
# Plays every scenario in a release build and prints one table of figures.
#
#   Scripts/sim.sh [--small] [--seed N] [SCENARIO…]
#
# The reports are kept as JSON in .build/sim. Ends with code 10 when any target is missed. PSIC_NODE
# names a binary to use instead of building one.
set -eu
cd "$(dirname "$0")/.."

scale=full
seed=1
while [ $# -gt 0 ]; do
    case "$1" in
    --small) scale=small ;;
    --seed)
        [ $# -gt 1 ] || { echo "--seed needs a number" >&2; exit 2; }
        seed=$2
        shift
        ;;
    -*)
        echo "usage: $0 [--small] [--seed N] [SCENARIO…]" >&2
        exit 2
        ;;
    *) break ;;
    esac
    shift
done

node=${PSIC_NODE:-}
if [ -z "$node" ]; then
    swift build -c release --product psic-node
    node="$(swift build -c release --show-bin-path)/psic-node"
fi
reports=.build/sim
mkdir -p "$reports"
[ $# -gt 0 ] || set -- $("$node" sim list | awk 'NR > 1 { print $1 }')

result=0
for scenario; do
    code=0
    # Each in a process of its own, so that the memory it reports is its own.
    "$node" sim run "$scenario" --scale "$scale" --seed "$seed" --format json \
        >"$reports/$scenario.json" || code=$?
    case $code in
    0) ;;
    10) [ $result -ne 0 ] || result=10 ;;
    *)
        echo "$scenario: failed with code $code"
        result=1
        continue
        ;;
    esac
    python3 Scripts/sim-table.py "$reports/$scenario.json"
done
exit $result
