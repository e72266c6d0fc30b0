#!/bin/sh
# Builds all targets, tests included, for debugging.
set -eu
. "$(dirname "$0")/lib.sh"
Scripts/setup.sh
say "building (the first time takes some minutes)"
"$swift" build --build-tests || fail "the build (see above)"
say "built in $(elapsed) s"
