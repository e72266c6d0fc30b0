#!/bin/sh
# FedLearn's golden vectors: aggregation rules, server optimisers, bit-exact sums, clipping, compression,
# secret sharing and secure sums, accountants, Reptile, reputation.
#   conformance-fl.sh [DIR]    default: the package's own copy, Tests/FedLearnTests/Vectors
# DIR is laid out like that folder. A part passes if its tests do and every file of it was compared.
set -eu
given=${1:-}
[ -z "$given" ] || given=$(cd "$given" 2>/dev/null && pwd) || { echo "no directory $1" >&2; exit 2; }
. "$(dirname "$0")/lib.sh"
directory=${given:-$PWD/Tests/FedLearnTests/Vectors}
[ -n "${SKIP_BUILD:-}" ] || {
    Scripts/setup.sh
    say "building the tests"
    "$swift" build --build-tests || fail "the build (see above)"
}
work=$(mktemp -d "${TMPDIR:-/tmp}/psic-conformance-fl.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export FEDLEARN_VECTORS="$directory"

failed=
total=0
printf '%-14s %6s %6s %9s  %s\n' part tests files compared result >"$work/table"
part() { # NAME SUITES
    folder=$1
    : >"$work/read"
    result=passed
    FEDLEARN_VECTORS_LOG=$work/read "$swift" test --skip-build --filter "FedLearnTests\.($2)" \
        >"$work/$folder.log" 2>&1 || result=FAILED
    tests=$(sed -n 's/.*Test run with \([0-9]*\) tests\{0,1\}.*/\1/p' "$work/$folder.log" | tail -n 1)
    [ "${tests:-0}" -gt 0 ] || result='FAILED: no test ran'
    find "$directory/$folder" -type f 2>/dev/null | sed "s#^$directory/##" | grep -v 'README' | sort >"$work/files" || true
    sort -u "$work/read" | comm -12 - "$work/files" >"$work/compared"
    files=$(wc -l <"$work/files")
    compared=$(wc -l <"$work/compared")
    [ "$files" -gt 0 ] || result='FAILED: there are no files'
    if [ "$compared" -lt "$files" ]; then
        result="FAILED: not compared: $(comm -13 "$work/compared" "$work/files" | head -n 3 | tr '\n' ' ')"
    fi
    total=$((total + compared))
    printf '%-14s %6s %6s %9s  %s\n' "$folder" "${tests:-0}" "$files" "$compared" "$result" >>"$work/table"
    case $result in
    passed) ;;
    *)
        failed="$failed $folder"
        grep -hE 'recorded an issue|Caught error' "$work/$folder.log" | head -n 5 >&2 || true
        ;;
    esac
}
say "the golden vectors in ${given:-Tests/FedLearnTests/Vectors}"
part agg 'GoldenAggregationTests'
part opt 'ServerOptimizerTests'
part meta 'ServerOptimizerTests'
part determinism 'DeterminismTests'
part clip 'ClippingTests'
part compress 'CompressionVectorTests'
part secagg 'SecureSumTests|SecretSharingTests'
part dp 'AccountingTests'
part reputation 'CreditTests'
cat "$work/table"
[ -z "$failed" ] || fail "$failed; $(elapsed) s"
say "all passed: $total files compared in $(elapsed) s"
