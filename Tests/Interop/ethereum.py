#!/usr/bin/env python3
"""Unmodified Ethereum software against `psic-node run --dev`: web3.py, eth-account, Vyper, py-trie.

  ethereum.py NODE [WORD...]     NODE: the psic-node program; WORDs pick checks by name

Runs in a virtual environment with ethereum-requirements.txt (see README.md). One line for each check;
the last line is `ethereum: N passed, M failed`; exit status 1 if any failed.
"""
import asyncio
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse
from pathlib import Path

import rlp
from eth_account import Account
from eth_utils import keccak, to_canonical_address
from trie import HexaryTrie
from web3 import AsyncWeb3, HTTPProvider, Web3, WebSocketProvider
from web3.exceptions import ContractLogicError, Web3RPCError

HERE = Path(__file__).resolve().parent
PSIC = 10**18


class Node:
    """A development chain, and what it said when it began to listen."""

    def __init__(self, program, *arguments, home=None):
        command = [program, "run", "--dev", "--rpc-port", "0", "--format", "json", *arguments]
        if home is None:
            command.append("--ephemeral")
        else:
            command += ["--home", home]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        )
        line = self.process.stdout.readline()
        assert line, f"the node ended with {self.process.wait()}"
        self.facts = json.loads(line)
        assert "rpc" in self.facts, line
        self.url = self.facts["rpc"]
        self.accounts = [Account.from_key(a["privateKey"]) for a in self.facts["accounts"]]
        self.w3 = Web3(HTTPProvider(self.url))

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(timeout=20)

    def send(self, account, **fields):
        """Signs a transaction with eth-account, sends it, and answers its receipt."""
        w3 = self.w3
        transaction = {
            "chainId": w3.eth.chain_id,
            "nonce": w3.eth.get_transaction_count(account.address, "pending"),
            "value": 0,
            "data": b"",
            **fields,
        }
        if "gasPrice" not in transaction:
            transaction.setdefault("maxFeePerGas", 0)
            transaction.setdefault("maxPriorityFeePerGas", 0)
        if "gas" not in transaction:
            call = {k: v for k, v in transaction.items() if k in ("to", "value", "data")}
            transaction["gas"] = w3.eth.estimate_gas({"from": account.address, **call})
        signed = account.sign_transaction(transaction)
        sent = w3.eth.send_raw_transaction(signed.raw_transaction)
        assert sent == signed.hash
        return w3.eth.wait_for_transaction_receipt(sent, timeout=10)

    def rpc(self, method, *params):
        return self.w3.provider.make_request(method, list(params))

    def post(self, body, headers=None, method="POST"):
        """An HTTP exchange by hand: status, headers, body."""
        url = urllib.parse.urlparse(self.url)
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=20)
        connection.request(
            method, "/", body, {"Content-Type": "application/json", **(headers or {})}
        )
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


def compiled():
    """The token's ABI and code, by Vyper."""
    from vyper import compile_code

    out = compile_code((HERE / "token.vy").read_text(), output_formats=["abi", "bytecode"])
    return out["abi"], out["bytecode"]


def deploy(node, account=0, supply=1000 * PSIC):
    abi, code = compiled()
    factory = node.w3.eth.contract(abi=abi, bytecode=code)
    data = factory.constructor("Token", "TOK", supply).data_in_transaction
    receipt = node.send(node.accounts[account], data=data)
    assert receipt["status"] == 1 and receipt["contractAddress"]
    return node.w3.eth.contract(address=receipt["contractAddress"], abi=abi), receipt


CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


@check
def the_chain_says_what_it_is(node):
    w3 = node.w3
    assert w3.is_connected()
    assert w3.eth.chain_id == 31337 and w3.net.version == "31337"
    assert w3.client_version.startswith("psic/")
    assert w3.eth.gas_price == 0 and w3.eth.max_priority_fee == 0
    block = w3.eth.get_block("latest")
    assert block["baseFeePerGas"] == 0 and block["difficulty"] == 0
    assert w3.eth.syncing is False
    assert [a.lower() for a in w3.eth.accounts] == [a.address.lower() for a in node.accounts]
    for account, fact in zip(node.accounts, node.facts["accounts"]):
        assert w3.eth.get_balance(account.address) == int(fact["balance"]) == 10000 * PSIC


@check
def the_accounts_are_those_of_the_words(node):
    Account.enable_unaudited_hdwallet_features()
    for index, account in enumerate(node.accounts):
        path = f"m/44'/60'/0'/0/{index}"
        assert Account.from_mnemonic(node.facts["mnemonic"], account_path=path).key == account.key


@check
def transactions_of_every_kind(node):
    sender, receiver = node.accounts[1], node.accounts[2]
    kinds = [
        {"gasPrice": 0},
        {"gasPrice": 7, "accessList": [{"address": receiver.address, "storageKeys": ["0x" + "00" * 32]}], "type": 1},
        {"maxFeePerGas": 10, "maxPriorityFeePerGas": 3},
    ]
    for kind, fields in enumerate(kinds):
        before = node.w3.eth.get_balance(receiver.address)
        receipt = node.send(sender, to=receiver.address, value=5, gas=50000, **fields)
        assert receipt["status"] == 1 and receipt["type"] == kind
        assert node.w3.eth.get_balance(receiver.address) == before + 5
        found = node.w3.eth.get_transaction(receipt["transactionHash"])
        assert found["from"] == sender.address and found["type"] == kind
        raw = node.rpc("eth_getRawTransactionByHash", receipt["transactionHash"].to_0x_hex())["result"]
        assert keccak(bytes.fromhex(raw[2:])) == receipt["transactionHash"]
        assert Account.recover_transaction(raw) == sender.address


@check
def a_delegation_of_eip_7702(node):
    token, _ = deploy(node, 3)
    sender, authority = node.accounts[3], node.accounts[4]
    authorization = authority.sign_authorization(
        {"chainId": 31337, "address": token.address, "nonce": 0}
    )
    receipt = node.send(
        sender, to=authority.address, gas=200000, authorizationList=[authorization]
    )
    assert receipt["type"] == 4
    code = node.w3.eth.get_code(authority.address)
    assert code == b"\xef\x01\x00" + to_canonical_address(token.address)
    assert node.w3.eth.get_transaction_count(authority.address) == 1


@check
def a_vyper_token_is_deployed_and_used(node):
    token, receipt = deploy(node)
    owner, other = node.accounts[0], node.accounts[5]
    assert token.functions.name().call() == "Token"
    assert token.functions.decimals().call() == 18
    assert token.functions.balanceOf(owner.address).call() == 1000 * PSIC
    (minted,) = token.events.Transfer().process_receipt(receipt)
    assert minted["args"]["value"] == 1000 * PSIC
    data = token.encode_abi("transfer", [other.address, 7])
    receipt = node.send(owner, to=token.address, data=data)
    (moved,) = token.events.Transfer().process_receipt(receipt)
    assert (moved["args"]["receiver"], moved["args"]["value"]) == (other.address, 7)
    assert token.functions.balanceOf(other.address).call() == 7
    # Without signing anything: the node has the keys.
    sent = token.functions.transfer(owner.address, 3).transact({"from": other.address})
    assert node.w3.eth.wait_for_transaction_receipt(sent)["status"] == 1
    assert token.functions.balanceOf(other.address).call() == 4
    logs = token.events.Transfer().get_logs(from_block=0)
    assert [entry["args"]["value"] for entry in logs][-3:] == [1000 * PSIC, 7, 3]
    only = token.events.Transfer().get_logs(
        from_block=0, argument_filters={"receiver": other.address}
    )
    assert [entry["args"]["value"] for entry in only] == [7]
    # As it was before the second transfer.
    assert token.functions.balanceOf(other.address).call(block_identifier=receipt["blockNumber"]) == 7


@check
def reverts_say_why(node):
    token, _ = deploy(node)
    poor = node.accounts[6]
    for attempt in (
        lambda: token.functions.transfer(poor.address, 1).call({"from": poor.address}),
        lambda: token.functions.transfer(poor.address, 1).estimate_gas({"from": poor.address}),
    ):
        try:
            attempt()
            raise AssertionError("no error")
        except ContractLogicError as error:
            assert "execution reverted: balance too low" in str(error), error
            assert error.data.startswith("0x08c379a0")
    data = token.encode_abi("transfer", [poor.address, 1])
    receipt = node.send(poor, to=token.address, data=data, gas=100000)
    assert receipt["status"] == 0 and receipt["logs"] == []
    # Vyper's own checks revert without data.
    try:
        token.functions.transferFrom(poor.address, poor.address, 1).call({"from": poor.address})
        raise AssertionError("no error")
    except ContractLogicError:
        pass


@check
def errors_have_the_texts_that_libraries_look_for(node):
    sender = node.accounts[7]
    base = {"chainId": 31337, "to": sender.address, "value": 0, "gas": 21000, "gasPrice": 0}

    def error(**fields):
        signed = sender.sign_transaction({**base, **fields})
        answer = node.rpc("eth_sendRawTransaction", signed.raw_transaction.to_0x_hex())
        assert answer["error"]["code"] == -32000, answer
        return answer["error"]["message"]

    node.send(sender, to=sender.address, gas=21000)
    assert error(nonce=0).startswith("nonce too low: next nonce 1, tx nonce 0")
    assert error(nonce=1, value=10**30).startswith("insufficient funds for gas * price + value")
    assert error(nonce=1, gas=20000).startswith("intrinsic gas too low")
    assert error(nonce=1, gas=10**9) == "exceeds block gas limit"
    assert error(nonce=1, chainId=1).startswith("invalid chain id for signer")
    waiting = sender.sign_transaction({**base, "nonce": 5})
    node.w3.eth.send_raw_transaction(waiting.raw_transaction)
    assert error(nonce=5) == "already known"
    assert error(nonce=5, value=1) == "replacement transaction underpriced"
    assert node.rpc("txpool_status")["result"] == {"pending": "0x0", "queued": "0x1"}
    assert node.rpc("eth_nothing")["error"]["code"] == -32601
    assert node.rpc("eth_getBalance", "0x12")["error"]["code"] == -32602
    node.rpc("anvil_dropTransaction", waiting.hash.to_0x_hex())


def header_hash(block):
    """The hash of a block's header, from its fields as JSON-RPC shows them."""

    def number(value):
        return value.to_bytes((value.bit_length() + 7) // 8, "big")

    fields = [
        block["parentHash"], block["sha3Uncles"], to_canonical_address(block["miner"]),
        block["stateRoot"], block["transactionsRoot"], block["receiptsRoot"], block["logsBloom"],
        number(block["difficulty"]), number(block["number"]), number(block["gasLimit"]),
        number(block["gasUsed"]), number(block["timestamp"]),
        block.get("extraData", block.get("proofOfAuthorityData", b"")), block["mixHash"],
        block["nonce"], number(block["baseFeePerGas"]), block["withdrawalsRoot"],
        number(block["blobGasUsed"]), number(block["excessBlobGas"]),
        block["parentBeaconBlockRoot"],
    ]
    if "requestsHash" in block:
        fields.append(bytes.fromhex(block["requestsHash"].removeprefix("0x"))
                      if isinstance(block["requestsHash"], str) else block["requestsHash"])
    return keccak(rlp.encode([bytes(field) for field in fields]))


@check
def headers_hash_to_what_they_are_called(node):
    for number in range(node.w3.eth.block_number + 1):
        block = node.w3.eth.get_block(number)
        assert header_hash(block) == block["hash"], number
        assert block["size"] > 500


@check
def proofs_hold_against_the_header(node):
    token, _ = deploy(node)
    owner, other = node.accounts[0], node.accounts[8]
    node.send(owner, to=token.address, data=token.encode_abi("transfer", [other.address, 41]))
    block = node.w3.eth.get_block("latest")
    assert header_hash(block) == block["hash"]
    # Where Vyper keeps balanceOf[other]: keccak(slot || key).
    found = None
    for slot in range(12):
        key = keccak(slot.to_bytes(32, "big") + to_canonical_address(other.address).rjust(32, b"\0"))
        value = node.w3.eth.get_storage_at(token.address, int.from_bytes(key, "big"))
        if int.from_bytes(value, "big") == 41:
            found = key
    assert found, "the balance stands in no slot"
    absent = keccak(b"absent")
    proof = node.w3.eth.get_proof(
        token.address, [int.from_bytes(found, "big"), int.from_bytes(absent, "big")], block["number"]
    )
    nodes = [rlp.decode(bytes(entry)) for entry in proof["accountProof"]]
    leaf = HexaryTrie.get_from_proof(
        bytes(block["stateRoot"]), keccak(to_canonical_address(token.address)), nodes
    )
    nonce, balance, storage, code = rlp.decode(leaf)
    assert storage == bytes(proof["storageHash"]) and code == bytes(proof["codeHash"])
    assert keccak(node.w3.eth.get_code(token.address)) == code
    for entry, key, value in zip(proof["storageProof"], (found, absent), (41, None)):
        nodes = [rlp.decode(bytes(part)) for part in entry["proof"]]
        leaf = HexaryTrie.get_from_proof(storage, keccak(key), nodes)
        assert (int.from_bytes(rlp.decode(leaf), "big") if leaf else None) == value
    # An account that does not exist.
    ghost = "0x" + "77" * 20
    proof = node.w3.eth.get_proof(Web3.to_checksum_address(ghost), [], block["number"])
    nodes = [rlp.decode(bytes(entry)) for entry in proof["accountProof"]]
    assert HexaryTrie.get_from_proof(
        bytes(block["stateRoot"]), keccak(bytes.fromhex(ghost[2:])), nodes
    ) == b""


@check
def overrides_fees_and_access_lists(node):
    token, _ = deploy(node)
    ghost = Web3.to_checksum_address("0x" + "99" * 20)
    call = {"from": ghost, "to": node.accounts[0].address, "value": 1}
    try:
        node.w3.eth.call(call)
        raise AssertionError("no error")
    except Web3RPCError as error:
        assert "insufficient funds" in str(error)
    assert node.w3.eth.call(call, "latest", {ghost: {"balance": "0x1"}}) == b""
    code = "0x" + "602a5f5260205ff3"
    assert int.from_bytes(
        node.w3.eth.call({"to": ghost}, "latest", {ghost: {"code": code}}), "big") == 42
    history = node.w3.eth.fee_history(4, "latest", [10, 90])
    assert len(history["baseFeePerGas"]) == 5 and len(history["reward"]) == 4
    data = token.encode_abi("transfer", [ghost, 1])
    made = node.w3.eth.create_access_list(
        {"from": node.accounts[0].address, "to": token.address, "data": data})
    (entry,) = made["accessList"]
    assert entry["address"] == token.address and len(entry["storageKeys"]) == 2
    sent = node.send(node.accounts[0], to=token.address, data=data, gas=200000)
    trace = node.rpc(
        "debug_traceTransaction", sent["transactionHash"].to_0x_hex(), {"tracer": "callTracer"})
    assert trace["result"]["to"] == token.address.lower()
    assert int(trace["result"]["gasUsed"], 16) == sent["gasUsed"]
    steps = node.rpc("debug_traceTransaction", sent["transactionHash"].to_0x_hex())["result"]
    assert not steps["failed"] and steps["gas"] == sent["gasUsed"]
    assert any(step["op"] == "SSTORE" for step in steps["structLogs"])


@check
def batches_come_back_in_order(node):
    with node.w3.batch_requests() as batch:
        batch.add(node.w3.eth.get_block(0))
        for account in node.accounts:
            batch.add(node.w3.eth.get_balance(account.address))
        answers = batch.execute()
    assert answers[0]["number"] == 0 and len(answers) == 1 + len(node.accounts)
    status, _, body = node.post(
        json.dumps([{"jsonrpc": "2.0", "id": i, "method": "eth_chainId"} for i in range(1001)]))
    assert status == 200 and json.loads(body)["error"]["code"] == -32600


@check
def filters_tell_each_thing_once(node):
    blocks = node.w3.eth.filter("latest")
    waiting = node.w3.eth.filter("pending")
    receipt = node.send(node.accounts[1], to=node.accounts[1].address, gas=21000)
    assert blocks.get_new_entries() == [receipt["blockHash"]]
    assert blocks.get_new_entries() == []
    assert receipt["transactionHash"] in waiting.get_new_entries()
    assert node.w3.eth.uninstall_filter(blocks.filter_id)


@check
def http_does_what_browsers_and_wallets_need(node):
    ask = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_nothing"})
    status, _, body = node.post(ask)
    assert status == 200 and json.loads(body)["error"]["code"] == -32601
    status, headers, body = node.post("{", {"Origin": "https://app.example"})
    assert status == 200 and json.loads(body)["error"]["code"] == -32700
    assert headers["Access-Control-Allow-Origin"] == "*"
    status, headers, _ = node.post(
        None, {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}, "OPTIONS")
    assert status in (200, 204) and "POST" in headers["Access-Control-Allow-Methods"]
    assert "content-type" in headers["Access-Control-Allow-Headers"].lower()
    assert node.post(ask, {"Host": "evil.example"})[0] == 403
    assert node.post(ask, {"Content-Type": "text/plain"})[0] == 415
    assert node.post(None, method="GET")[0] == 200
    try:
        status = node.post(b" " * (6 << 20))[0]
    except (ConnectionError, http.client.HTTPException):
        status = 413  # refused before all of it was sent
    assert status == 413
    # The node still answers.
    assert node.w3.eth.chain_id == 31337


@check
def a_websocket_takes_binary_and_text_and_tells_news(node):
    url = node.url.replace("http://", "ws://")

    async def session():
        async with AsyncWeb3(WebSocketProvider(url)) as w3:
            assert await w3.eth.chain_id == 31337
            heads = await w3.eth.subscribe("newHeads")
            abi, code = compiled()
            data = w3.eth.contract(abi=abi, bytecode=code).constructor("T", "T", 5).data_in_transaction
            receipt = await asyncio.to_thread(node.send, node.accounts[9], data=data)
            address = receipt["contractAddress"]
            logs = await w3.eth.subscribe("logs", {"address": address})
            waiting = await w3.eth.subscribe("newPendingTransactions")
            token = node.w3.eth.contract(address=address, abi=abi)
            call = token.encode_abi("transfer", [node.accounts[1].address, 2])
            sent = await asyncio.to_thread(node.send, node.accounts[9], to=address, data=call)
            seen = {heads: [], logs: [], waiting: []}
            async with asyncio.timeout(10):
                async for message in w3.socket.process_subscriptions():
                    seen[message["subscription"]].append(message["result"])
                    if len(seen[heads]) >= 2 and seen[logs] and seen[waiting]:
                        break
            assert [head["number"] for head in seen[heads]][-1] == sent["blockNumber"]
            assert "transactions" not in seen[heads][0]
            assert seen[logs][0]["transactionHash"] == sent["transactionHash"]
            assert sent["transactionHash"] in seen[waiting]
            assert await w3.eth.unsubscribe(logs)

    asyncio.run(session())

    async def by_hand():
        import websockets

        async with websockets.connect(url, origin="https://app.example") as socket:
            for message in ('{"jsonrpc":"2.0","id":"x","method":"eth_chainId"}',
                            b'{"jsonrpc":"2.0","id":null,"method":"net_version"}'):
                await socket.send(message)
                answer = json.loads(await asyncio.wait_for(socket.recv(), 10))
                assert answer["result"] in ("0x7a69", "31337"), answer
            # In fragments, and as a batch.
            await socket.send(iter(['[{"jsonrpc":"2.0","id":1,', '"method":"eth_chainId"}]']))
            assert json.loads(await asyncio.wait_for(socket.recv(), 10))[0]["id"] == 1

    asyncio.run(by_hand())


@check
def many_senders_at_once(node):
    before = [node.w3.eth.get_transaction_count(a.address) for a in node.accounts]
    failures = []

    def work(account):
        try:
            w3 = Web3(HTTPProvider(node.url))
            nonce = w3.eth.get_transaction_count(account.address)
            for offset in range(20):
                signed = account.sign_transaction({
                    "chainId": 31337, "nonce": nonce + offset, "to": account.address, "value": 1,
                    "gas": 21000, "maxFeePerGas": 0, "maxPriorityFeePerGas": 0})
                w3.eth.send_raw_transaction(signed.raw_transaction)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(account,)) for account in node.accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]
    after = [node.w3.eth.get_transaction_count(a.address) for a in node.accounts]
    assert [b - a for a, b in zip(before, after)] == [20] * len(node.accounts)


@check
def the_chain_is_put_back_and_changed_at_will(node):
    snapshot = node.rpc("evm_snapshot")["result"]
    head = node.w3.eth.block_number
    node.send(node.accounts[0], to=node.accounts[0].address, gas=21000)
    ghost = Web3.to_checksum_address("0x" + "55" * 20)
    node.rpc("anvil_setBalance", ghost, hex(3 * PSIC))
    assert node.w3.eth.get_balance(ghost) == 3 * PSIC
    node.rpc("evm_increaseTime", 3600)
    node.rpc("evm_mine")
    assert node.w3.eth.get_block("latest")["timestamp"] >= time.time() + 3500
    assert node.rpc("evm_revert", snapshot)["result"] is True
    assert node.w3.eth.block_number == head and node.w3.eth.get_balance(ghost) == 0


@check
def a_chain_in_a_home_outlives_its_node(node):
    program = node.process.args[0]
    with tempfile.TemporaryDirectory() as home:
        home = os.path.join(home, "home")
        first = Node(program, home=home)
        token, _ = deploy(first)
        head = first.w3.eth.get_block("latest")
        assert first.stop() == 0
        second = Node(program, home=home)
        assert second.w3.eth.get_block("latest")["hash"] == head["hash"]
        contract = second.w3.eth.contract(address=token.address, abi=token.abi)
        assert contract.functions.totalSupply().call() == 1000 * PSIC
        sent = second.send(second.accounts[1], to=second.accounts[2].address, value=1, gas=21000)
        second.stop(signal.SIGKILL)
        third = Node(program, home=home)
        assert third.w3.eth.get_transaction_receipt(sent["transactionHash"])["status"] == 1
        other = subprocess.run(
            [program, "run", "--dev", "--home", home, "--chain-id", "5", "--rpc-port", "0"],
            capture_output=True, text=True, timeout=20)
        assert other.returncode == 4, other
        assert third.stop() == 0
        changed = subprocess.run(
            [program, "run", "--dev", "--home", home, "--chain-id", "5", "--rpc-port", "0"],
            capture_output=True, text=True, timeout=20)
        assert changed.returncode == 4 and "other accounts" in changed.stderr, changed


@check
def blocks_come_by_the_clock_if_asked(node):
    timed = Node(node.process.args[0], "--block-time", "1", "--accounts", "2", "--balance", "1.5",
                 "--chain-id", "99", "--fork", "cancun")
    try:
        w3 = timed.w3
        assert w3.eth.chain_id == 99 and len(timed.accounts) == 2
        assert w3.eth.get_balance(timed.accounts[0].address) == 15 * PSIC // 10
        receipt = timed.send(timed.accounts[0], to=timed.accounts[1].address, value=1, gas=21000)
        assert receipt["status"] == 1
        assert "requestsHash" not in w3.eth.get_block("latest")
        first = w3.eth.block_number
        deadline = time.time() + 10
        while w3.eth.block_number < first + 2:
            assert time.time() < deadline, "no blocks come"
            time.sleep(0.2)
    finally:
        timed.stop()


@check
def the_command_line_shows_the_same(node):
    program = node.process.args[0]

    def run(*words, code=0):
        done = subprocess.run([program, "ledger", *words, "--rpc", node.url],
                              capture_output=True, text=True, timeout=30)
        assert done.returncode == code, (words, done)
        return done.stdout

    token, receipt = deploy(node)
    hash_ = receipt["transactionHash"].to_0x_hex()
    head = json.loads(run("head", "--format", "json"))
    assert int(head["number"], 16) == node.w3.eth.block_number
    assert f"hash" in run("block", "0") and run("block", head["hash"])
    assert json.loads(run("tx", hash_, "--format", "json"))["hash"] == hash_
    assert "contractAddress" in run("receipt", hash_)
    assert json.loads(run("account", token.address, "--format", "json"))["code"] != "0x"
    data = token.encode_abi("totalSupply", [])
    assert int(run("call", "--to", token.address, "--data", data), 16) == 1000 * PSIC
    logs = json.loads(run("logs", "--address", token.address, "--format", "json"))
    assert logs[0]["transactionHash"] == hash_
    assert "proven by" in run("proof", token.address, "0", "1")
    run("proof", token.address, "--root", "0x" + "11" * 32, code=10)
    account = node.accounts[2]
    signed = account.sign_transaction({
        "chainId": 31337, "nonce": node.w3.eth.get_transaction_count(account.address),
        "to": account.address, "value": 0, "gas": 21000, "gasPrice": 0})
    assert run("send", signed.raw_transaction.to_0x_hex()).strip() == signed.hash.to_0x_hex()
    run("tx", "0x12", code=2)
    run("tx", "0x" + "00" * 32, code=1)


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    program, words = os.path.abspath(sys.argv[1]), sys.argv[2:]
    chosen = [c for c in CHECKS if not words or any(w in c.__name__ for w in words)]
    passed = failed = 0
    node = Node(program)
    try:
        for function in chosen:
            name = function.__name__.replace("_", " ")
            started = time.time()
            try:
                function(node)
                passed += 1
                print(f"ok    {name} ({time.time() - started:.1f} s)", flush=True)
            except Exception:
                failed += 1
                print(f"FAIL  {name}", flush=True)
                traceback.print_exc()
    finally:
        status = node.stop()
    if status != 0:
        failed += 1
        print(f"FAIL  the node ends with status {status}")
    print(f"ethereum: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
