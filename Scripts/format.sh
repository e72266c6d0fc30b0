#!/bin/sh
# Formats all Swift files written by people, in place.
set -eu
. "$(dirname "$0")/lib.sh"
swift_files | xargs "$swift" format format --in-place --parallel || fail "swift format"
say "formatted $(swift_files | wc -l | tr -d ' ') files"
