#!/bin/sh
# All tests: Swift's, then the command line from outside, then the checks against go-libp2p and
# py-libp2p: of connections, of the DHT and of topics, in networks of all three, under floods; then
# the ledger: killed at random moments, used by web3.py, eth-account and Vyper, compared with revm;
# then models, compared with PyTorch.
set -eu
. "$(dirname "$0")/lib.sh"
Scripts/setup.sh --interop
say "building (the first time takes some minutes)"
"$swift" build --build-tests || fail "the build (see above)"
bin=$("$swift" build --show-bin-path)

work=$(mktemp -d "${TMPDIR:-/tmp}/psic-test.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
failed=

# A pipeline's status is its last command's, so the test's own status goes by way of a file.
logged() { # NAME COMMAND...
    log=$1
    shift
    { "$@" 2>&1 && echo 0 >"$work/$log.status" || echo $? >"$work/$log.status"; } | tee "$work/$log"
    status=$(cat "$work/$log.status")
}

# Swift Testing's closing line, without its symbol; XCTest prints one too, but runs nothing here.
count() { # LOG
    sed -n 's/.*Test run with \([0-9]*\) tests\{0,1\}.*/\1/p' "$work/$1" | tail -n 1
}

# Tests of suites named *Loopback* use real sockets and real time. A simulation keeps its thread to
# itself until it has ended, so beside hundreds of them a live test would wait for minutes.
say "swift test: machines and simulations"
logged swift "$swift" test --skip-build --skip Loopback
[ "$status" -eq 0 ] || failed="$failed swift-test"
say "swift test: real sockets"
logged sockets "$swift" test --skip-build --filter Loopback
[ "$status" -eq 0 ] || failed="$failed swift-test-sockets"
machines=$(count swift)
sockets=$(count sockets)
# A run in which nothing ran proves nothing.
[ "${machines:-0}" -gt 0 ] && [ "${sockets:-0}" -gt 0 ] || failed="$failed no-tests-ran"
tests="$((${machines:-0} + ${sockets:-0})) tests"
# What failed, once more at the end, where it is looked for.
grep -hE 'recorded an issue|^✘' "$work/swift" "$work/sockets" | grep -v 'known issue' \
    >"$work/failures" || true

say "the command line (Scripts/cli-check.sh)"
logged cli Scripts/cli-check.sh "$bin/psic-node"
[ "$status" -eq 0 ] || failed="$failed command-line"
cli=$(sed -n 's/^cli-check: \(.*\)/\1/p' "$work/cli" | tail -n 1)

say "a simulated swarm, twice from one seed and once from another"
logged swarm Scripts/swarm-check.sh "$bin/SimulatedSwarm"
[ "$status" -eq 0 ] || failed="$failed simulated-swarm"

say "interop checks (Tests/Interop)"
logged interop Tests/Interop/run.sh --echo-peer "$bin/EchoPeer"
[ "$status" -eq 0 ] || failed="$failed interop"
interop=$(sed -n 's/^interop: \(.* passed, .*\)/\1/p' "$work/interop" | tail -n 1)

say "the overlay against other people's peers: DHT, topics, mixed networks, floods"
logged overlay Tests/Interop/overlay.sh "$bin"
[ "$status" -eq 0 ] || failed="$failed overlay"
overlay=$(sed -n 's/^overlay: \(.* passed, .*\)/\1/p' "$work/overlay" | tail -n 1)

say "the ledger, killed two hundred times under load"
logged crash "$bin/LedgerCrash" "$work/ledger" --kills 200
[ "$status" -eq 0 ] || failed="$failed ledger-crash"

say "Ethereum's own software against a development chain, and its wallets against ours"
logged ethereum Tests/Interop/ethereum.sh "$bin/psic-node"
[ "$status" -eq 0 ] || failed="$failed ethereum"
ethereum=$(sed -n 's/^ethereum: \(.* passed, .*\)/\1/p' "$work/ethereum" | tail -n 1)
logged wallets Tests/Interop/wallets.sh "$bin/psic-node"
[ "$status" -eq 0 ] || failed="$failed wallets"
wallets=$(sed -n 's/^wallets: \(.* passed, .*\)/\1/p' "$work/wallets" | tail -n 1)

say "random EVM programs, beside revm"
logged revm Tests/Interop/revm.sh "$bin/psic-node"
[ "$status" -eq 0 ] || failed="$failed revm"
revm=$(sed -n 's/^revm: \(.* passed, .*\)/\1/p' "$work/revm" | tail -n 1)

say "gradients and optimisers, beside PyTorch; checkpoints, by Python's safetensors"
logged gradients Tests/Interop/gradients.sh "$bin/GradientFixtures"
[ "$status" -eq 0 ] || failed="$failed gradients"
gradients=$(sed -n 's/^gradients: \(.* passed, .*\)/\1/p' "$work/gradients" | tail -n 1)

summary="${tests:-0 tests} in Swift; command line: ${cli:-did not run}; interop: ${interop:-did not run}"
summary="$summary; overlay: ${overlay:-did not run}; Ethereum: ${ethereum:-did not run}"
summary="$summary; wallets: ${wallets:-did not run}; revm: ${revm:-did not run}"
summary="$summary; gradients: ${gradients:-did not run}"
[ ! -s "$work/failures" ] || { say "what failed in Swift:"; head -n 40 "$work/failures"; }
[ -z "$failed" ] || fail "$(echo $failed | tr '-' ' ' | sed 's/ no tests/, no tests/'); $summary; $(elapsed) s"
say "all passed in $(elapsed) s: $summary"
