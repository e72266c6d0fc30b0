#!/bin/sh
# Runs each libFuzzer target of Fuzz/ for FUZZ_SECONDS (60) against Fuzz/Corpus/TARGET.
#   fuzz.sh [TARGET...]      default: all
# New inputs that reach new code go to .build-fuzz/corpus; KEEP=1 merges the useful ones into the
# corpus of the tree. An input that crashes, hangs or takes too much memory is kept in
# Fuzz/Corpus/TARGET/crash-… (timeout-…, oom-…), from where it is replayed for ever: commit it with the fix.
set -eu
. "$(dirname "$0")/lib.sh"
Scripts/setup.sh
seconds=${FUZZ_SECONDS:-60}
scratch=.build-fuzz
# libFuzzer's limits: one input may take this long, and the process this much memory.
limits="-timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=512 -max_len=${FUZZ_BYTES:-70000}"

if [ $# -eq 0 ]; then
    for folder in Fuzz/*/; do
        target=$(basename "$folder")
        [ ! -f "$folder/Fuzz$target.swift" ] || set -- "$@" "$target"
    done
fi
[ $# -gt 0 ] || fail "there is nothing in Fuzz/"

export FUZZ=1
# The trace that a crash prints is long, and the input is what counts.
export SWIFT_BACKTRACE=enable=no
table=$scratch/table
mkdir -p $scratch
printf '%-16s %10s %9s %7s  %s\n' target runs/s coverage corpus result >$table
failed=
for target in "$@"; do
    [ -f "Fuzz/$target/Fuzz$target.swift" ] || fail "no target $target in Fuzz/"
    say "building $target"
    "$swift" build --sanitize fuzzer --scratch-path $scratch --product "Fuzz$target" ||
        fail "the build of $target (see above)"
done
bin=$("$swift" build --sanitize fuzzer --scratch-path $scratch --show-bin-path)

for target in "$@"; do
    corpus=Fuzz/Corpus/$target
    grown=$scratch/corpus/$target
    log=$scratch/$target.log
    mkdir -p "$corpus" "$grown"
    say "$target for $seconds s"
    result=ok
    # shellcheck disable=SC2086
    "$bin/Fuzz$target" $limits -max_total_time="$seconds" -print_final_stats=1 \
        -artifact_prefix="$corpus/" "$grown" "$corpus" >"$log" 2>&1 || result=FAILED
    if [ "$result" = FAILED ]; then
        failed="$failed $target"
        result="FAILED: $(sed -n 's/.*Test unit written to \(.*\)/\1/p' "$log" | tail -n 1)"
        grep -m 3 -E 'Fatal error|ERROR: libFuzzer|SUMMARY' "$log" | sed 's/^/    /' >&2 || true
    fi
    rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log" | tail -n 1)
    coverage=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    printf '%-16s %10s %9s %7s  %s\n' "$target" "${rate:--}" "${coverage:--}" \
        "$(find "$corpus" "$grown" -type f | wc -l | tr -d ' ')" "$result" >>$table
    # What is kept must stay small: the smallest set of inputs with the same coverage.
    if [ -n "${KEEP:-}" ] && [ "$result" = ok ]; then
        "$bin/Fuzz$target" $limits -merge=1 "$corpus" "$grown" >>"$log" 2>&1 || say "$target: the merge failed"
    fi
done
cat $table
[ -z "$failed" ] || fail "crashes in$failed; inputs in Fuzz/Corpus, logs in $scratch"
say "no crash in $# targets, $seconds s each; $(elapsed) s in all"
