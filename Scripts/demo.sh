#!/bin/sh
# Builds psic-node and lets five peers on this machine find each other and train one model.
# A pause before each round lets a person follow.
# Arguments go to `psic-node testnet up`: demo.sh --model softmax --partition dirichlet:0.3
set -eu
. "$(dirname "$0")/lib.sh"
Scripts/setup.sh
say "building psic-node (the first time takes some minutes)"
"$swift" build -c release --product psic-node || fail "the build (see above)"
binary=$("$swift" build -c release --show-bin-path)/psic-node

home=$(mktemp -d "${TMPDIR:-/tmp}/psic-demo.XXXXXX")
say "psic-node testnet up --peers 5 --rounds 20 $*"
status=0
"$binary" testnet up --peers 5 --rounds 20 --round-pause 250 --home "$home" "$@" || status=$?
[ "$status" -eq 0 ] || fail "the peers did not end well (exit code $status); their logs: $home"
rm -rf "$home"
say "all peers ended on the same model; $(elapsed) s in all"
