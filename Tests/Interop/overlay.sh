#!/bin/sh
# The overlay against other people's peers: the DHT and topics both ways, one network of all three
# kinds, and floods. The last line counts.
#   overlay.sh BIN    BIN: where DHTPeer, TopicPeer and psic-node are
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=$1
python=$(command -v python3.11 || command -v python3 || true)
if [ -z "$python" ]; then
    echo "skipped: all checks: there is no python3 to drive them"
    echo "overlay: 0 passed, 0 failed, 4 skipped (there is no python3)"
    [ "${PEERKIT_INTEROP:-}" != required ]
    exit
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/psic-overlay.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
passed=0 failed=0 skipped=0 result=0

part() { # NAME COMMAND...
    part=$1
    shift
    echo "overlay: $part"
    { "$@" 2>&1 && echo 0 >"$work/status" || echo $? >"$work/status"; } | tee "$work/log"
    counts=$(sed -n 's/^[a-z]*:.* \([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed, \([0-9][0-9]*\) skipped.*/\1 \2 \3/p' \
        "$work/log" | tail -n 1)
    # A part that dies before it counts has failed.
    [ -n "$counts" ] || counts="0 1 0"
    # shellcheck disable=SC2086
    set -- $counts
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
    [ "$(cat "$work/status")" -eq 0 ] || result=1
}

part "the DHT" "$python" "$here/dht.py" --dht-peer "$bin/DHTPeer"
part "topics" "$python" "$here/topics.py" --topic-peer "$bin/TopicPeer"
part "a network of all three" "$python" "$here/mixed.py" --psic-node "$bin/psic-node"
part "floods" "$python" "$here/flood.py" --psic-node "$bin/psic-node"
echo "overlay: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] || result=1
exit $result
