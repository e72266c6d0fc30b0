#!/bin/sh
# Formatting of all Swift files written by people, then the rules that formatting cannot see.
set -eu
. "$(dirname "$0")/lib.sh"
failed=
count=$(swift_files | wc -l | tr -d ' ')
say "swift format lint --strict on $count files"
swift_files | xargs "$swift" format lint --strict --parallel || failed="formatting (make format mends most of it)"
say "Scripts/tidy.sh"
Scripts/tidy-test.sh || failed="${failed:+$failed, }the test of tidy.sh"
Scripts/tidy.sh || failed="${failed:+$failed, }tidy"
[ -z "$failed" ] || fail "$failed"
say "clean"
