#!/bin/sh
# How long N plain peers, each a process of its own on loopback, take until all see all, by broadcast
# alone; and what memory and CPU time they take. Twice: as they are run, and with LAN discovery as the
# only service that finds anybody.
#   join-check.sh [N] [BINARY] [LIMIT]      default: 30, the release build, 10 s
set -eu
cd "$(dirname "$0")/.."
peers=${1:-30}
node=${2:-.build/release/psic-node}
limit=${3:-10}
[ -x "$node" ] || { echo "join-check: no program at $node: swift build -c release" >&2; exit 2; }
failed=0
for flags in "" "--lan-only"; do
    echo "join-check: $peers peers ${flags:-with every service}"
    # shellcheck disable=SC2086
    report=$("$node" testnet join --peers "$peers" $flags --format json) || failed=1
    echo "$report" | awk -v limit="$limit" '
        function field(name,    rest) {
            if (!match($0, "\"" name "\":[0-9.e+-]+")) return ""
            rest = substr($0, RSTART, RLENGTH)
            sub(/.*:/, "", rest)
            return rest
        }
        {
            seconds = field("seconds")
            if (seconds == "") { printf "  only %d see all others\n", field("complete"); exit 1 }
            printf "  all see all after %.2f s (%.2f s after the last one listened)\n", seconds,
                field("secondsAfterLastStart")
            printf "  memory per peer: %.1f MiB in RAM, %.1f MiB with shared pages counted once\n",
                field("residentBytesMean") / 1048576, field("proportionalBytesMean") / 1048576
            printf "  CPU per peer: %.2f s\n", field("cpuSeconds") / field("peers")
            exit seconds > limit
        }' || failed=1
done
[ "$failed" = 0 ] || { echo "join-check: FAILED (limit $limit s)" >&2; exit 1; }
