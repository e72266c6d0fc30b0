#!/bin/sh
# Runs all of Ethereum's public test vectors that DIR has, in release, on one core: every pack must be
# there and every case pass. Usage: Scripts/conformance.sh [DIR]
set -eu
. "$(dirname "$0")/lib.sh"
dir=${1:-${PSIC_ETHEREUM_VECTORS:-}}
if [ -z "$dir" ] && [ -d ../shared/vectors/ethereum ]; then dir=../shared/vectors/ethereum; fi
if [ -z "$dir" ] || [ ! -d "$dir" ]; then
    cat >&2 <<'END'
make conformance: no directory of vectors. Give one: make conformance VECTORS=DIR (or PSIC_ETHEREUM_VECTORS).
DIR has a file PACK.jsonl.gz (one test a line), PACK.json, or a folder PACK of the suites' own JSON files for
  state_cancun, state_cancun_slow, blockchain_cancun, transaction, rlp, trie, keystore, abi, basic, genesis
                    github.com/ethereum/tests: GeneralStateTests, BlockchainTests, TransactionTests, ...
  state_prague      github.com/ethereum/execution-spec-tests, releases: fixtures, state_tests/prague
  rpc_io, rpc_chain github.com/ethereum/execution-apis: tests
  eip2537           github.com/ethereum/EIPs: assets/eip-2537
  bip39             github.com/trezor/python-mnemonic: vectors.json
  bip32             github.com/bitcoin/bips: bip-0032.mediawiki
  ecdsa_secp256k1   github.com/C2SP/wycheproof: testvectors_v1/ecdsa_secp256k1_sha256_test.json
  derived_wallet    made with eth-account
END
    fail "no vectors"
fi
Scripts/setup.sh
say "building in release"
$swift build -c release --product Conformance 2>&1 | tail -n 3 >&2
bin=$($swift build -c release --show-bin-path)
began=$(date +%s)
# The first core that this process may use.
core=$(sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' /proc/self/status 2>/dev/null || true)
if command -v taskset >/dev/null && [ -n "$core" ]; then
    taskset -c "$core" "$bin/Conformance" "$dir" || fail "see above"
else
    "$bin/Conformance" "$dir" || fail "see above"
fi
say "all passed in $(($(date +%s) - began)) s; with building, $(elapsed) s"
