#!/usr/bin/env bash
# Checks psic-node from outside: real processes on loopback, exit codes, files, a testnet with a
# peer that is killed and comes back. Usage: Scripts/cli-check.sh [path of psic-node]
set -u
cd "$(dirname "$0")/.."
node=${1:-.build/debug/psic-node}
[ -x "$node" ] || { echo "no program at $node: build it first (swift build)" >&2; exit 2; }
node=$(cd "$(dirname "$node")" && pwd)/$(basename "$node")
dir=$(mktemp -d "${TMPDIR:-/tmp}/psic-cli-check-XXXXXX")
unset PSIC_HOME PSIC_FORMAT PSIC_LISTEN PSIC_PASSPHRASE PSIC_RPC
export SWIFT_BACKTRACE=enable=no
pids=()
failed=0
passed=0
started=$SECONDS

finish() {
    for pid in "${pids[@]:-}"; do [ -n "$pid" ] && kill -9 "$pid" 2>/dev/null; done
    wait 2>/dev/null
    if [ "$failed" = 0 ]; then rm -rf "$dir"; else echo "kept: $dir" >&2; fi
}
trap finish EXIT

ok() { passed=$((passed + 1)); echo "ok    $1"; }
bad() { failed=$((failed + 1)); echo "FAIL  $1"; sed 's/^/      /' "$dir/out" "$dir/err" 2>/dev/null; }

# expect CODE WHAT COMMAND…: runs a command, at most 60 s, and checks its exit code.
expect() {
    local code=$1 what=$2
    shift 2
    timeout -k 5 60 "$@" >"$dir/out" 2>"$dir/err" </dev/null
    local got=$?
    if [ "$got" = "$code" ]; then ok "$what"; else bad "$what: exit code $got, expected $code"; fi
}
# says FILE PATTERN WHAT: checks what the last command printed.
says() { if grep -Eq "$2" "$dir/$1"; then ok "$3"; else bad "$3: no /$2/ in $1"; fi; }
# get PORT PATH [METHOD [HOST]]: an HTTP answer of this machine, head and all.
get() {
    : >"$dir/err"
    {
        printf '%s %s HTTP/1.0\r\nHost: %s\r\n\r\n' "${3:-GET}" "$2" "${4:-localhost}" >&9
        cat <&9 >"$dir/out"
    } 9<>"/dev/tcp/127.0.0.1/$1"
}
ready() { get "$1" /readyz && grep -q '^HTTP/1.1 200' "$dir/out"; }
# fits WHAT: whether the last command's lines have at most 80 characters.
fits() { if [ "$(LC_ALL=C.UTF-8 wc -L <"$dir/out")" -le 80 ]; then ok "$1"; else bad "$1"; fi; }
# within SECONDS WHAT COMMAND…: waits until a command succeeds.
within() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >"$dir/out" 2>"$dir/err"; do
        if [ $SECONDS -ge "$deadline" ]; then bad "$what"; return 1; fi
        sleep 0.2
    done
    ok "$what"
}

# Arguments
expect 0 "version" "$node" version
expect 0 "help" "$node" --help
expect 0 "exit codes" "$node" help exit-codes
expect 0 "completions" "$node" completions bash
expect 2 "unknown flag" "$node" id --nonsense
says err '^error: ' "an error is one line"
says err '^hint: ' "and a hint"
expect 2 "unknown command, as JSON" "$node" dance --format json
says out '"error":\{"code":2' "the error is on standard output too"
expect 2 "bad multiaddr" "$node" ping /ip4/1.2.3/tcp/1
expect 2 "bad listen address" "$node" run --home "$dir/a" --listen nonsense
expect 2 "bad peer to begin with" "$node" run --home "$dir/a" --peer 12D3KooW
expect 2 "bad prefix of the DHT" "$node" run --home "$dir/a" --dht-prefix ipfs
expect 2 "bad key" "$node" dht get /ipns/x --home "$dir/a"
expect 2 "bad interval" "$node" top --interval 0 --home "$dir/a"
expect 0 "settings" "$node" settings --home "$dir/a" --format json
says out '"name":"lan-port","source":"default"' "they say where they come from"

# Homes and identities
a="$dir/a" b="$dir/b"
expect 3 "run without an identity" "$node" run --home "$a"
expect 0 "init" "$node" init --home "$a"
[ "$(stat -c %a "$a" "$a/identity.key" | tr '\n' ' ')" = "700 600 " ] && ok "modes" || bad "modes"
cp "$a/identity.key" "$dir/key-before"
expect 1 "init again" "$node" init --home "$a"
cmp -s "$a/identity.key" "$dir/key-before" && ok "the key was not overwritten" || bad "key overwritten"
expect 0 "id" "$node" id --home "$a"
says out '^12D3KooW' "a peer ID"
expect 0 "sealed init" env PSIC_PASSPHRASE=secret "$node" init --home "$dir/sealed" --sealed
expect 3 "wrong passphrase" env PSIC_PASSPHRASE=wrong "$node" id --home "$dir/sealed"
expect 0 "right passphrase" env PSIC_PASSPHRASE=secret "$node" id --home "$dir/sealed"

# Keys
first=$("$node" id --home "$dir/sealed" 2>/dev/null || PSIC_PASSPHRASE=secret "$node" id --home "$dir/sealed")
expect 0 "key status" "$node" key status --home "$a"
says out '^due +in (89|90) days' "when a start changes it"
expect 0 "key status as JSON" "$node" key status --home "$a" --format json
says out '"daysLeft":(89|90),.*"rotations":0,.*"since":1[0-9]{9}' "its age"
expect 0 "a key that never is due" env PSIC_ROTATE_AFTER=0 "$node" key status --home "$a" --format json
[ "$(grep -c daysLeft "$dir/out")" = 0 ] && ok "no day is told" || bad "a day is told"
expect 3 "a bad period" env PSIC_ROTATE_AFTER=9999 "$node" key status --home "$a"
expect 3 "key status without a home" "$node" key status --home "$dir/none"
expect 3 "key rotate without a home" "$node" key rotate --home "$dir/none"
expect 2 "an argument too many" "$node" key rotate now --home "$a"
expect 0 "key rotate, sealed" env PSIC_PASSPHRASE=secret "$node" key rotate --home "$dir/sealed"
says out "^former +$first" "the key before is named"
[ "$(head -c 64 "$dir/sealed/identity.key" | grep -c .)" != 0 ] && [ ! -e "$dir/sealed/identity.next" ] &&
    ok "nothing waits" || bad "identity.next is left"
expect 3 "it is sealed as before" env PSIC_PASSPHRASE=wrong "$node" id --home "$dir/sealed"
expect 2 "key revoke of nobody" "$node" key revoke nobody --home "$a"
expect 10 "key revoke of another's key" "$node" key revoke "$first" --home "$a"

words="abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"
expect 0 "a home from words" env PSIC_MNEMONIC="$words" "$node" init --home "$dir/words" --mnemonic --restore
says out "^path m/44'/1886611811'/0'/0'/0'" "their path"
zeroth=$("$node" id --home "$dir/words")
expect 2 "its rotation without words" "$node" key rotate --home "$dir/words"
expect 10 "its rotation with other words" env PSIC_MNEMONIC="legal winner thank year wave sausage worth useful legal winner thank yellow" \
    "$node" key rotate --home "$dir/words"
[ "$("$node" id --home "$dir/words")" = "$zeroth" ] && ok "nothing was changed" || bad "the key was changed"
expect 0 "its rotation with its words" env PSIC_MNEMONIC="$words" "$node" key rotate --home "$dir/words" --revoke-old --format json
says out "\"path\":\"m\\\\?/44'.*0'\\\\?/1'\"" "the next of their keys"
says out "\"revoked\":\[\"$zeroth\"\]" "the old one is revoked"
expect 0 "the next key, restored elsewhere" env PSIC_MNEMONIC="$words" "$node" init --home "$dir/words-again" --mnemonic --restore --rotation 1
[ "$("$node" id --home "$dir/words-again")" = "$("$node" id --home "$dir/words")" ] &&
    ok "words and number give the same key" || bad "another key"
expect 0 "a rotation that leaves the words" "$node" key rotate --random --home "$dir/words"
expect 0 "its status" "$node" key status --home "$dir/words"
[ "$(grep -c '^path' "$dir/out")" = 0 ] && ok "no path is told" || bad "a path is told"
expect 2 "a rotation that is not restored" "$node" init --home "$dir/x" --mnemonic --rotation 1

# The Ethereum Virtual Machine
expect 0 "evm run" "$node" evm run --code 600160020160005260206000f3
says out '^[a-zA-Z]+, [0-9]+ gas, output 0x0{63}3$' "1 + 2 is 3"
expect 0 "evm run as JSON" "$node" evm run --code 6001600201 --fork prague --format json
says out '"gasUsed":9,' "three steps of three"
expect 0 "evm run, traced" "$node" evm run --code 6001 --trace
says err '"op":' "each step on standard error"
expect 2 "evm run of no code" "$node" evm run --code 6
expect 2 "evm run of an unknown fork" "$node" evm run --code 00 --fork genesis
expect 2 "evm run with negative gas" "$node" evm run --code 00 --gas=-1
expect 2 "evm run without code" "$node" evm run
expect 0 "evm bench" "$node" evm bench --repeat 1 --format json
says out '"megagasPerSecond":' "figures"
expect 2 "evm bench, never" "$node" evm bench --repeat 0
expect 1 "evm bench of no programs" "$node" evm bench "$dir/bad-programs"
# One test with one case: a contract that stores 1 + 2 at 0.
statetest() { # POST-STATE-ROOT FILE
    cat >"$2" <<EOF
{"addition": {
  "env": {"currentCoinbase": "0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba", "currentDifficulty": "0x0",
    "currentRandom": "0x0000000000000000000000000000000000000000000000000000000000000000",
    "currentGasLimit": "0x1000000", "currentNumber": "0x1", "currentTimestamp": "0x3e8",
    "currentBaseFee": "0xa", "currentExcessBlobGas": "0x0"},
  "pre": {
    "0x1000000000000000000000000000000000000000": {"balance": "0x0", "code": "0x6001600201600055", "nonce": "0x1", "storage": {}},
    "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b": {"balance": "0xde0b6b3a7640000", "code": "0x", "nonce": "0x0", "storage": {}}},
  "transaction": {"data": ["0x"], "gasLimit": ["0x186a0"], "gasPrice": "0xa", "nonce": "0x0",
    "secretKey": "0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8",
    "sender": "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b",
    "to": "0x1000000000000000000000000000000000000000", "value": ["0x0"]},
  "post": {"Cancun": [{"hash": "$1", "indexes": {"data": 0, "gas": 0, "value": 0},
    "logs": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"}]}}}
EOF
}
statetest 0x0000000000000000000000000000000000000000000000000000000000000000 "$dir/wrong.json"
expect 1 "evm statetest that fails" "$node" evm statetest "$dir/wrong.json" --fork cancun
says out '^FAIL .*addition' "the test is named"
says out '^0 of 1 cases passed' "and counted"
root=$(grep -Eo '0x[0-9a-f]{64}' "$dir/out" | grep -v '0x0\{64\}' | head -n 1)
statetest "${root:-0x}" "$dir/right.json"
expect 0 "evm statetest that passes" "$node" evm statetest "$dir/right.json" --fork cancun --format json
says out '"cases":1,"failures":\[\],.*"passed":1,' "one of one"
expect 1 "evm statetest of no test" "$node" evm statetest "$dir/bad.json.none"
expect 2 "evm statetest of nothing" "$node" evm statetest

# Simulated networks
expect 0 "sim list" "$node" sim list
says out '^gossip-quiet ' "the scenarios"
expect 0 "sim list as JSON" "$node" sim list --format json
says out '"fullPeers":[0-9]+,"minimumPeers":[0-9]+,"name":"' "their sizes"
expect 0 "sim run" "$node" sim run gossip-quiet --scale small --peers 12 --seed 5 --format json
says out '"isMet":true' "targets are met"
sed -E 's/.*"digest":"([0-9a-f]+)".*/\1/' "$dir/out" >"$dir/digest"
expect 0 "sim run again" "$node" sim run gossip-quiet --scale small --peers 12 --seed 5 --format json
[ "$(sed -E 's/.*"digest":"([0-9a-f]+)".*/\1/' "$dir/out")" = "$(cat "$dir/digest")" ] &&
    ok "the same digest" || bad "another digest"
expect 2 "sim run of no scenario" "$node" sim run nonsense
expect 2 "sim run with too few peers" "$node" sim run gossip-quiet --peers 1
expect 2 "sim run at no scale" "$node" sim run gossip-quiet --scale huge

expect 0 "another home" "$node" init --home "$dir/corrupt"
printf 'garbage' >"$dir/corrupt/identity.key"
expect 4 "corrupt key file" "$node" run --home "$dir/corrupt"
[ "$(cat "$dir/corrupt/identity.key")" = garbage ] && ok "it was left as it was" || bad "changed"
expect 0 "a home with settings" "$node" init --home "$dir/settings"
printf 'network = "x"\nlan-prot = 1\n' >"$dir/settings/config.toml"
expect 3 "unknown key in config.toml" "$node" run --home "$dir/settings"
says err 'line 2' "the line is named"
printf 'listen = ["/ip4/1.2.3"]\n' >"$dir/settings/config.toml"
expect 3 "bad listen address in config.toml" "$node" run --home "$dir/settings"
printf 'network = "x\n' >"$dir/settings/config.toml"
expect 3 "malformed config.toml" "$node" id --home "$dir/settings"
rm "$dir/settings/config.toml"
expect 3 "no task file" "$node" run --home "$dir/settings" --task "$dir/none.json"
echo '{}' >"$dir/bad.json"
expect 3 "bad task file" "$node" run --home "$dir/settings" --task "$dir/bad.json"
expect 7 "no running node" "$node" peer list --home "$a"

# Rotation by age: a start changes a key that is too old. Its age is in the history, field 3.
expect 0 "a home whose key is old" "$node" init --home "$dir/old"
old=$("$node" id --home "$dir/old")
printf '\030\001' >"$dir/old/identity.history"
expect 0 "its status" "$node" key status --home "$dir/old"
says out '^due +in -[0-9]+ days' "overdue"
"$node" doctor --home "$dir/old" --listen /ip4/127.0.0.1/tcp/0 --no-lan >"$dir/out" 2>"$dir/err" </dev/null
says out '^warning +key: [0-9]+ days old' "doctor says so"
"$node" run --home "$dir/old" --listen /ip4/127.0.0.1/tcp/0 --no-lan --no-http --rotate-after 0 \
    >"$dir/old.out" 2>"$dir/old.err" </dev/null &
rotated=$!
pids+=("$rotated")
within 20 "it runs without rotation" grep -q "^listening.*$old" "$dir/old.out"
kill -TERM "$rotated"
wait "$rotated"
"$node" run --home "$dir/old" --listen /ip4/127.0.0.1/tcp/0 --no-lan --no-http \
    >"$dir/old.out" 2>"$dir/old.err" </dev/null &
rotated=$!
pids+=("$rotated")
within 20 "a start changes it" grep -q "^the key was due for rotation: 12D.* has taken the place of $old" "$dir/old.err"
within 20 "the node has the new one" grep -q '^listening' "$dir/old.out"
grep -q "$old" "$dir/old.out" && bad "the old key listens" || ok "the old one is gone"
kill -TERM "$rotated"
wait "$rotated"
pids=()

# Wallets: the accounts that everybody knows, in files that only their owner reads.
w=$dir/wallet
echo "test test test test test test test test test test test junk" >"$dir/phrase"
expect 3 "no passphrase and no terminal" setsid "$node" wallet new --home "$w" --light
[ -e "$w" ] && bad "something was written" || ok "nothing was written"
export PSIC_PASSPHRASE="a passphrase"
expect 0 "wallet import" "$node" wallet import --words "$dir/phrase" --count 2 --light --home "$w" --format json
says out '"address":"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266","file":"[^"]*/keystore/UTC--[^"]*f39fd6e51aad88f6f4ce6ab8827279cfffb92266","path":"m/44.{1,6}/60' "the first account"
says out '0x70997970C51812dc3A010C7d01b50e0d17dc79C8' "the second account"
[ -z "$(find "$w/keystore" -type f ! -perm 600)" ] && ok "key files are their owner's" || bad "modes"
[ "$(find "$w/keystore" -type f | wc -l)" = 2 ] && ok "two files" || bad "files"
expect 1 "no key is replaced" "$node" wallet import --words "$dir/phrase" --light --home "$w"
says err 'a key file of 0xf39F.* already' "the account is named"
expect 0 "wallet list" "$node" wallet list --home "$w"
[ "$(wc -l <"$dir/out")" = 3 ] && ok "a line for each" || bad "lines"
expect 2 "which account?" "$node" wallet sign message hello --home "$w"
says err 'there are 2 accounts' "that is said"
expect 0 "wallet sign message" "$node" wallet sign message hello --home "$w" \
    --from 0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266
says out '^0x[0-9a-f]{130}$' "65 bytes"
expect 3 "wrong passphrase" env PSIC_PASSPHRASE=wrong "$node" wallet sign message hello --home "$w" \
    --from 0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266
expect 3 "an account that is not there" "$node" wallet sign message hello --home "$w" \
    --from 0x0000000000000000000000000000000000000001
expect 2 "a wrong checksum" "$node" wallet sign message hello --home "$w" \
    --from 0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266
echo '{"nonce":0,"gas":21000,"gasPrice":"0x1","to":"0x0000000000000000000000000000000000000001","value":1}' >"$dir/tx"
expect 2 "no chain" "$node" wallet sign transaction "$dir/tx" --home "$w" --from 0x70997970C51812dc3A010C7d01b50e0d17dc79C8
says err 'chainId' "the field is named"
expect 0 "any chain" "$node" wallet sign transaction "$dir/tx" --any-chain --home "$w" \
    --from 0x70997970C51812dc3A010C7d01b50e0d17dc79C8
says out '^0xf8[0-9a-f]+$' "its bytes"
echo '{"nonce":0,"gas":21000,"gasPrice":1,"chainId":1,"extra":1}' >"$dir/tx"
expect 2 "a field that nobody knows" "$node" wallet sign transaction "$dir/tx" --home "$w"
echo '{"types":{"M":[{"name":"a","type":"uint8"}]},"primaryType":"M","domain":{},"message":{"a":256}}' >"$dir/typed"
expect 2 "typed data that do not fit" "$node" wallet sign typed-data "$dir/typed" --home "$w"
says err 'message.a: expected uint8' "the member is named"
expect 0 "wallet export" "$node" wallet export 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --home "$w"
cp "$dir/out" "$dir/keyfile"
expect 0 "its own export" "$node" wallet import --keystore "$dir/keyfile" --light --home "$dir/wallet-2" --format json
says out '0x70997970C51812dc3A010C7d01b50e0d17dc79C8' "the same account"
expect 0 "the key itself" "$node" wallet export --private-key --home "$dir/wallet-2"
says out '^0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d$' "as everybody knows it"
sed 's/"n":[0-9]*/"n":1073741824/' "$dir/keyfile" >"$dir/hostile"
expect 9 "a key file that asks for a terabyte" "$node" wallet import --keystore "$dir/hostile" --home "$dir/wallet-3"
expect 2 "words that do not belong together" "$node" wallet import --words "$dir/tx" --home "$dir/wallet-3"
expect 2 "two sources" "$node" wallet import --words "$dir/phrase" --key "$dir/tx" --home "$dir/wallet-3"
[ -e "$dir/wallet-3" ] && bad "something was written" || ok "nothing was written"
expect 0 "wallet new" "$node" wallet new --words 12 --light --home "$dir/wallet-3"
says out '^words ([a-z]+ ){11}[a-z]+$' "twelve words"
unset PSIC_PASSPHRASE

# Two nodes
expect 0 "a second home" "$node" init --home "$b"
port=$((20000 + RANDOM % 10000))
for home in "$a" "$b"; do
    "$node" run --home "$home" --listen /ip4/127.0.0.1/tcp/0 --network "check-$$" \
        --lan-port "$port" --http-port 0 --log-format json --log-level debug >"$home.out" 2>"$home.err" </dev/null &
    pids+=($!)
done
pid_a=${pids[0]} pid_b=${pids[1]}
within 20 "the node says where it listens" grep -q '^listening /ip4/127.0.0.1/tcp/' "$a.out"
within 20 "so does the other" grep -q '^listening' "$b.out"
[ "$(stat -c %a "$a/node.sock")" = 600 ] && ok "the control socket is private" || bad "socket mode"
id_b=$("$node" id --home "$b")
within 20 "they find each other" sh -c "'$node' peer list --home '$a' | grep -q '$id_b.*connected'"
expect 0 "peer list as JSON" "$node" peer list --home "$a" --format json
says out "\"peerID\":\"$id_b\"" "it names the peer"
expect 0 "ping by peer ID" "$node" ping "$id_b" --home "$a" --count 3 --interval 0
says out '^3 replies' "three replies"
address=$(sed -n 's/^listening //p' "$b.out")
expect 0 "ping by address through the node" "$node" ping "$address" --home "$a" --count 1
expect 0 "ping by address without a node" "$node" ping "$address" --home "$dir/settings" --count 1
expect 10 "ping of the wrong identity" "$node" ping "${address%/p2p/*}/p2p/$("$node" id --home "$a")" \
    --home "$dir/settings" --count 1
expect 6 "ping where nobody listens" "$node" ping /ip4/127.0.0.1/tcp/1 --home "$dir/settings" --count 1
expect 7 "ping by peer ID without a node" "$node" ping "$id_b" --home "$dir/settings" --count 1
expect 6 "unknown peer" "$node" ping "$("$node" id --home "$dir/settings")" --home "$a" --count 1
expect 0 "peer connect" "$node" peer connect "$address" --home "$a"

# Who is there, and what is wrong
lan=(--listen /ip4/127.0.0.1/tcp/0 --network "check-$$" --lan-port "$port")
expect 0 "discover" "$node" discover "${lan[@]}" --timeout 7
says out "^lan-discovery +$id_b +/ip4/127.0.0.1/tcp/" "who is found, and where"
expect 0 "discover as JSON" "$node" discover "${lan[@]}" --timeout 7 --format json
says out '"peers":\[\{"addresses":\["/ip4/127.0.0.1/tcp/' "in one object"
expect 0 "discover, watching" "$node" discover "${lan[@]}" --timeout 7 --watch
says out "^lan-discovery +$id_b" "each as it is found"
expect 6 "discover where nobody is" "$node" discover --listen /ip4/127.0.0.1/tcp/0 --network nobody \
    --lan-port $((port + 1)) --timeout 1
expect 2 "discover without a source" "$node" discover --no-lan
expect 2 "discover on no port" "$node" discover --lan-port 0
expect 0 "doctor beside a node" "$node" doctor "${lan[@]}" --home "$a" --timeout 7
says out '^ok +home: ' "the home is well"
says out '^ok +node: runs as process' "the node is named"
expect 0 "doctor as JSON" "$node" doctor "${lan[@]}" --home "$a" --timeout 7 --format json
says out '"isHealthy":true' "all is well"
expect 3 "doctor without a home" "$node" doctor "${lan[@]}" --home "$dir/none" --timeout 7
says out '^failed +home: ' "the step is named"
says out '→ make one: psic-node init' "and what to do"
expect 6 "doctor with a peer that is not there" "$node" doctor "${lan[@]}" --home "$dir/settings" --timeout 7 \
    --peer /ip4/127.0.0.1/tcp/1
says out '^failed +peer ' "the peer is named"
expect 2 "doctor with a bad peer" "$node" doctor --peer nonsense --home "$a"
id_a=$("$node" id --home "$a")

# What a node says of itself
expect 0 "status" "$node" status --home "$a"
says out "^peer +$id_a" "it names the node"
http_a=$(sed -n 's#^http *http://127.0.0.1:##p' "$dir/out")
expect 0 "status as JSON" "$node" status --home "$a" --format json
says out '"connectedPeers":[1-9]' "it counts the peers"
address_a=$(sed -n 's/.*"listenAddresses":\["\([^"]*\)".*/\1/p' "$dir/out")
expect 0 "top, where there is no terminal" "$node" top --home "$a" --count 2 --interval 0.1
says out '^PEER ' "it lists peers"
fits "it fits on 80 columns"
expect 0 "top as JSON" "$node" top --home "$a" --count 1 --format json
says out '"usage":\{"cpuSeconds"' "it tells what the process takes"

# Metrics and health
get "$http_a" /healthz
says out '^HTTP/1.1 200' "alive"
within 5 "ready once a peer is connected" ready "$http_a"
get "$http_a" /nothing
says out '^HTTP/1.1 404' "a path that is not there"
get "$http_a" /metrics POST
says out '^HTTP/1.1 405' "a method that is not possible"
get "$http_a" /metrics GET evil.example
says out '^HTTP/1.1 421' "a foreign name"
get "$http_a" "/$(printf 'x%.0s' $(seq 2000))"
says out '^HTTP/1.1 414' "a path that is too long"
expect 5 "an HTTP port that is taken" "$node" run --home "$dir/settings" --http-port "$http_a" --no-lan

# The DHT
cid=bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy
within 20 "a peer is in the table" sh -c "'$node' dht table --home '$a' | grep -q '$id_b'"
within 20 "so it is in the other's" sh -c "'$node' dht table --home '$b' | grep -q '$id_a'"
expect 0 "dht put" "$node" dht put greeting "hello there" --home "$a"
says out 'stored with [1-9]' "a peer holds it"
expect 0 "dht get, elsewhere" "$node" dht get "$id_a/greeting" --home "$b"
says out '^hello there$' "the value"
expect 0 "dht get as JSON" "$node" dht get greeting --home "$a" --format json
says out "\"author\":\"$id_a\"" "its author"
expect 1 "dht get of what is not there" "$node" dht get nothing --home "$a" --timeout 20
expect 2 "dht put of another's record" "$node" dht put "$id_b/x" y --home "$a"
expect 0 "dht put of the public key" "$node" dht put "/pk/$id_a" --home "$a"
expect 0 "dht provide" "$node" dht provide "$cid" --home "$a"
expect 0 "dht providers" "$node" dht providers "$cid" --home "$b"
says out "^$id_a" "the provider"
expect 0 "dht find-peer" "$node" dht find-peer "$id_b" --home "$a"
says out '^/ip4/127.0.0.1/tcp/' "its address"
expect 6 "dht find-peer of a stranger" "$node" dht find-peer "$("$node" id --home "$dir/settings")" --home "$a"
expect 0 "dht walk" "$node" dht walk --home "$a" --format json
says out "\"peerID\":\"$id_b\"" "who is near"

# Topics
expect 6 "a message for nobody" "$node" topic publish news x --home "$a"
"$node" topic subscribe news --count 2 --format json --home "$b" >"$dir/news" 2>"$dir/news.err" </dev/null &
subscriber=$!
within 10 "a subscriber is seen" sh -c "'$node' topic mesh news --home '$a' | grep -q '$id_b'"
expect 0 "topic list" "$node" topic list --home "$b"
says out '^news' "the topic"
expect 0 "topic publish" "$node" topic publish news "first message" --home "$a"
printf 'second\nmessage' >"$dir/message"
"$node" topic publish news --home "$a" <"$dir/message" >"$dir/out" 2>"$dir/err" && ok "from standard input" || bad "from standard input"
expect 0 "topic scores" "$node" topic scores --home "$b"
fits "they fit on 80 columns"
wait "$subscriber" && ok "the subscriber has both messages" || bad "topic subscribe"
cp "$dir/news" "$dir/out"
says out "\"data\":\"$(printf 'first message' | base64)\".*\"from\":\"$id_a\"" "signed by their author"

# Standing
expect 0 "peer list" "$node" peer list --home "$a"
fits "it fits on 80 columns"
expect 0 "peer book" "$node" peer book --home "$a"
says out "^$id_b +yes" "a signed entry"
expect 0 "peer score" "$node" peer score --home "$a"
expect 0 "peer score of one" "$node" peer score "$id_b" --home "$a"
says out '^state +good' "it stands well"
expect 2 "ban of nobody" "$node" peer ban nobody --home "$a"
expect 0 "peer ban" "$node" peer ban "$id_b" --for 600 --reason "cli check" --home "$a"
expect 0 "peer bans" "$node" peer bans --home "$a"
says out "^$id_b +20.*cli check" "until when and why"
expect 9 "connecting with who is banned" "$node" peer connect "$address" --home "$a"
# The handshake comes before the refusal, as only then it is known who knocks.
"$node" peer connect "$address_a" --home "$b" >"$dir/out" 2>"$dir/err"
within 5 "who is banned does not stay" sh -c "! '$node' peer list --home '$a' | grep -q '$id_b.*connected'"
expect 0 "peer pardon" "$node" peer pardon "$id_b" --home "$a"
expect 0 "connecting again" "$node" peer connect "$address" --home "$a"
expect 0 "peer disconnect" "$node" peer disconnect "$id_b" --home "$a"

# Every metric of the dashboard is there; every log line is an object.
for port in "$http_a" "$("$node" status --home "$b" | sed -n 's#^http *http://127.0.0.1:##p')"; do
    get "$port" /metrics
    sed '1,/^\r*$/d' "$dir/out" >"$dir/metrics-$port"
done
expect 0 "metrics, dashboard and alerts" Scripts/metrics-check.py "$dir"/metrics-*
cp "$a.err" "$dir/out"
if grep -vEq '^\{"label":".+","level":"[a-z]+","message":".+","metadata":\{.*\},"time":"20[0-9T:.-]+Z"\}$' "$a.err" ||
    [ "$(wc -l <"$a.err")" -lt 5 ]; then bad "log lines"; else ok "every log line is a JSON object"; fi

expect 1 "no training" "$node" fl status --home "$a"
expect 0 "fl create" "$node" fl create --peers "$id_b" "$("$node" id --home "$a")" --output "$dir/task.json"
expect 2 "fl create with a rule that so few cannot have" "$node" fl create --peers "$id_b" --rule krum --byzantine 1 --output "$dir/none.json"
expect 2 "fl create with no such rule" "$node" fl create --peers "$id_b" --rule best --output "$dir/none.json"
expect 0 "fl create with rule and codec" "$node" fl create --peers "$id_b" "$id_a" --rule median --compression mask:48+bytes --server fedAvgM --output "$dir/robust.json"
cp "$dir/robust.json" "$dir/out"
says out '"compression" : "mask:48\+bytes"' "they are in the file"
expect 1 "fl create again" "$node" fl create --peers "$id_b" --output "$dir/task.json"
expect 3 "not a member" "$node" run --home "$dir/settings" --task "$dir/task.json"
expect 4 "locked home" "$node" run --home "$a"
says err 'locked by a running node \(process' "the holder is named"
taken=$(printf '%s' "$address" | sed -E 's#.*/tcp/([0-9]+)/.*#\1#')
expect 5 "port in use" "$node" run --home "$dir/settings" --listen "/ip4/127.0.0.1/tcp/$taken" --no-lan
kill -TERM "$pid_a"
wait "$pid_a"
[ $? = 0 ] && ok "SIGTERM ends a node in order" || bad "SIGTERM"
[ -e "$a/node.sock" ] && bad "the socket is left" || ok "the socket is gone"
kill -9 "$pid_b"
wait "$pid_b" 2>/dev/null
expect 7 "a killed node does not run" "$node" peer list --home "$b"
pids=()

# Testnets
expect 0 "plain peers find each other" "$node" testnet join --peers 4 --format json
says out '"complete":4,.*"peers":4' "all see all"
expect 0 "testnet of three" "$node" testnet up --peers 3 --rounds 3 --format json
says out '^\{"converged":true,.*"rounds":3' "it has converged"
[ "$(wc -l <"$dir/out")" = 1 ] && ok "one object on standard output" || bad "more than one line"
[ "$(grep -o '"modelHash":"[0-9a-f]*"' "$dir/out" | sort -u | wc -l)" = 1 ] && ok "one hash" || bad "hashes"

expect 0 "testnet with a robust rule" "$node" testnet up --peers 3 --rounds 3 --rule anchoredMean --byzantine 1 --compression mask:48+bytes --server fedAvgM --format json
says out '^\{"converged":true' "it has converged"
[ "$(grep -o '"modelHash":"[0-9a-f]*"' "$dir/out" | sort -u | wc -l)" = 1 ] && ok "one hash, memory included" || bad "hashes"
bin=$(dirname "$node")
if [ -x "$bin/CustomTask" ]; then
    expect 0 "a model of one's own (Examples/CustomTask)" "$bin/CustomTask"
    says out '^after 40 rounds y = (2\.9[5-9]|3\.0[0-4])[0-9]* x \+ -(1\.0|0\.9)' "it has learned the line"
fi
if [ -x "$bin/FederatedDigits" ]; then
    expect 0 "digits over real peers, one of them poisonous" "$bin/FederatedDigits" --over-peers --peers 4 \
        --byzantine 1 --attack nan --rule median --rounds 2 --svg "$dir/plot.svg" --format json
    says out '"reason" : "nonFinite"' "the poisoner is named"
    grep -q '<polyline' "$dir/plot.svg" && ok "a picture" || bad "no picture"
    expect 64 "digits with no such rule" "$bin/FederatedDigits" --rule best
fi

"$node" testnet up --peers 3 --rounds 12 --home "$dir/net" --format json --round-pause 700 --grace 30 \
    >"$dir/net.out" 2>"$dir/net.err" </dev/null &
net=$!
pids+=("$net")
within 60 "two rounds are done" grep -q '^round 2/12' "$dir/net.err"
kill -9 "$(cat "$dir/net/peer-1/lock")"
within 10 "the killed peer is missed" grep -q '^peer-1 is missing' "$dir/net.err"
within 60 "the others go on without it" grep -Eq '^round ([5-9]|1[0-2])/12' "$dir/net.err"
"$node" run --home "$dir/net/peer-1" >"$dir/again.out" 2>"$dir/again.err" </dev/null &
pids+=($!)
within 20 "it comes back" grep -q '^peer-1 is back' "$dir/net.err"
wait "$net"
code=$?
cp "$dir/net.out" "$dir/out"
cp "$dir/net.err" "$dir/err"
[ "$code" = 0 ] && ok "the testnet has converged" || bad "testnet: exit code $code"
says out '"missing":\[\]' "nobody is missing"
[ "$(grep -o '"modelHash":"[0-9a-f]*"' "$dir/out" | sort -u | wc -l)" = 1 ] && ok "one hash again" || bad "hashes"
kill -TERM "${pids[1]}"
wait "${pids[1]}"
expect 3 "another testnet in the same directory" "$node" testnet up --peers 4 --rounds 12 --home "$dir/net"
expect 3 "a testnet in a node's home" "$node" testnet up --peers 3 --home "$a"
expect 0 "the same testnet again is finished at once" "$node" testnet up --peers 3 --rounds 12 --home "$dir/net"
pids=()

# set -m gives the testnet the default action for SIGINT, which scripts take from their children.
set -m
"$node" testnet up --peers 2 --rounds 500 --home "$dir/stop" --round-pause 500 \
    >"$dir/stop.out" 2>"$dir/stop.err" </dev/null &
net=$!
set +m
pids+=("$net")
within 60 "another testnet runs" grep -q '^round 1/' "$dir/stop.err"
child=$(cat "$dir/stop/peer-0/lock")
kill -INT "$net"
wait "$net"
[ $? = 130 ] && ok "SIGINT ends a testnet with 130" || bad "SIGINT"
kill -0 "$child" 2>/dev/null && bad "a child lives on" || ok "no child lives on"
pids=()

echo "cli-check: $passed passed, $failed failed, $((SECONDS - started)) s"
[ "$failed" = 0 ]
