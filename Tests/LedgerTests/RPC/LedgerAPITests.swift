import PeerKit
import Synchronization
import Testing

@testable import Ledger

@Suite("JSON-RPC on a development chain") struct LedgerAPITests {
    static let alice = PoolExamples.keys[0].address
    static let bob = PoolExamples.keys[1].address
    static var aliceText: String { Hexadecimal.data(alice.bytes) }

    private func send(
        _ chain: DevChainExample, nonce: UInt64, value: UInt256 = 5, from: Int = 0
    ) async throws(RPCError) -> String {
        let signed = PoolExamples.transfer(from: from, nonce: nonce, value: value)
        return try await chain.call(
            "eth_sendRawTransaction", "[\"\(Hexadecimal.data(signed.encoded))\"]"
        ).text ?? ""
    }

    @Test func aTransactionIsMinedBeforeItsSenderIsAnswered() async throws {
        let chain = await DevChainExample()
        let hash = try await send(chain, nonce: 0)
        let receipt = try await chain.call("eth_getTransactionReceipt", "[\"\(hash)\"]")
        #expect(receipt["status"] == "0x1")
        #expect(receipt["gasUsed"] == "0x5208")
        #expect(receipt["effectiveGasPrice"] == "0x0")
        #expect(receipt["contractAddress"] == .null)
        #expect(try await chain.call("eth_blockNumber") == "0x1")
        let found = try await chain.call("eth_getTransactionByHash", "[\"\(hash)\"]")
        #expect(found["blockNumber"] == "0x1")
        #expect(found["type"] == "0x2")
        #expect(found["yParity"] == found["v"])
        #expect(
            try await chain.call(
                "eth_getBalance", "[\"0x000000000000000000000000000000000000beef\"]") == "0x5")
        #expect(try await chain.call("eth_getTransactionCount", "[\"\(Self.aliceText)\"]") == "0x1")
    }

    @Test func headersAlwaysHaveABaseFee() async throws {
        let chain = await DevChainExample()
        _ = try await chain.call("evm_mine")
        for id in ["latest", "earliest", "pending", "0x1", "safe", "finalized"] {
            let block = try await chain.call("eth_getBlockByNumber", "[\"\(id)\",false]")
            #expect(block["baseFeePerGas"] == "0x0", "\(id)")
        }
        #expect(try await chain.call("eth_gasPrice") == "0x0")
        #expect(try await chain.call("eth_maxPriorityFeePerGas") == "0x0")
        #expect(try await chain.call("net_version") == "7")
        #expect(try await chain.call("eth_chainId") == "0x7")
    }

    @Test func whatIsNotThereIsNullAndStateOfNoBlockAnError() async {
        let chain = await DevChainExample()
        let zero = "0x" + String(repeating: "0", count: 64)
        for (method, params) in [
            ("eth_getTransactionByHash", "[\"\(zero)\"]"),
            ("eth_getTransactionReceipt", "[\"\(zero)\"]"),
            ("eth_getBlockByHash", "[\"\(zero)\",true]"),
            ("eth_getBlockByNumber", "[\"0x3e8\",true]"),
            ("eth_getBlockReceipts", "[\"0x3e8\"]"),
        ] {
            #expect((try? await chain.call(method, params)) == .null, "\(method)")
        }
        #expect(
            await chain.error("eth_getBalance", "[\"\(Self.aliceText)\",\"0x3e8\"]")
                == .headerNotFound)
    }

    @Test func errorsOfTheMempoolHaveTheirTexts() async throws {
        let chain = await DevChainExample()
        _ = try await send(chain, nonce: 0)
        func failure(_ signed: SignedTransaction) async -> String {
            let error = await chain.error(
                "eth_sendRawTransaction", "[\"\(Hexadecimal.data(signed.encoded))\"]")
            #expect(error?.code == -32000)
            return error?.message ?? ""
        }
        #expect(await failure(PoolExamples.transfer(value: 5)) == "already known")
        #expect(
            await failure(PoolExamples.transfer(value: 6))
                == "nonce too low: next nonce 1, tx nonce 0")
        #expect(
            await failure(PoolExamples.transfer(nonce: 1, value: 1000 &* SupplyRules.coin))
                .hasPrefix("insufficient funds for gas * price + value"))
        #expect(
            await chain.error("eth_sendRawTransaction", "[\"0x02c0\"]")?.message.hasPrefix("rlp:")
                == true)
        // A gap waits.
        _ = try await send(chain, nonce: 3)
        #expect(try await chain.call("txpool_status")["queued"] == "0x1")
        #expect(
            try await chain.call(
                "eth_getTransactionCount", "[\"\(Self.aliceText)\",\"pending\"]") == "0x1")
    }

    @Test func revertsAreToldWithReasonAndData() async throws {
        let chain = await DevChainExample()
        // Reverts with its call data.
        let address = try await chain.deploy(
            [0x36, 0x5f, 0x5f, 0x37, 0x36, 0x5f, 0xfd], nonce: 0)
        func revert(_ data: String) async -> RPCError? {
            await chain.error(
                "eth_call", "[{\"to\":\"\(address)\",\"data\":\"\(data)\"},\"latest\"]")
        }
        let word = { (value: UInt64) in String(Hexadecimal.data(UInt256(value).bytes).dropFirst(2))
        }
        let text =
            "0x08c379a0" + word(32) + word(4) + "6e6f7065" + String(repeating: "0", count: 56)
        #expect(
            await revert(text)
                == RPCError(3, "execution reverted: nope", data: .string(text)))
        let panic = "0x4e487b71" + word(0x11)
        #expect(
            await revert(panic)
                == RPCError(
                    3, "execution reverted: arithmetic underflow or overflow",
                    data: .string(panic)))
        #expect(
            await revert("0xdeadbeef")
                == RPCError(3, "execution reverted", data: "0xdeadbeef"))
        // A string that points beyond its end is no reason.
        let hostile = "0x08c379a0" + String(repeating: "f", count: 64) + word(4)
        #expect(await revert(hostile)?.message == "execution reverted")
        #expect(
            await chain.error(
                "eth_estimateGas", "[{\"to\":\"\(address)\",\"data\":\"0xdeadbeef\"}]")
                == RPCError(3, "execution reverted", data: "0xdeadbeef"))
    }

    @Test func estimatesAreEnoughAndHardlyMore() async throws {
        let chain = await DevChainExample()
        #expect(
            try await chain.call(
                "eth_estimateGas",
                "[{\"from\":\"\(Self.aliceText)\",\"to\":\"\(Self.aliceText)\",\"value\":\"0x1\"}]")
                == "0x5208")
        #expect(
            await chain.error(
                "eth_estimateGas",
                "[{\"from\":\"0x00000000000000000000000000000000000000ff\",\"to\":\"\(Self.aliceText)\","
                    + "\"value\":\"0x1\"}]")?.message == "insufficient funds for transfer")
        // Stores the call data's first word in slot 0.
        let store = try await chain.deploy([0x5f, 0x35, 0x5f, 0x55], nonce: 0)
        let estimate = try await chain.call(
            "eth_estimateGas", "[{\"to\":\"\(store)\",\"data\":\"0x01\"}]")
        let gas = try #require(estimate.text.flatMap(Quantity.parse)?.asUInt64)
        // 21016 + PUSH0 CALLDATALOAD PUSH0 SSTORE: 2 + 3 + 2 + 22100.
        let exact: UInt64 = 21_016 + 22_107
        #expect(gas >= exact && Double(gas) < Double(exact) * 1.03)
        // Burns all gas.
        let burner = try await chain.deploy([0x5b, 0x5f, 0x56], nonce: 1)
        #expect(
            await chain.error("eth_estimateGas", "[{\"to\":\"\(burner)\",\"gas\":\"0x186a0\"}]")?
                .message == "gas required exceeds allowance (100000)")
    }

    @Test func aCallWithoutEndIsEndedByTime() async throws {
        var limits = RPCLimits()
        limits.executionTime = .milliseconds(300)
        limits.callGas = 1 << 40
        let chain = await DevChainExample({ _ in }, limits: limits)
        let burner = try await chain.deploy([0x5b, 0x5f, 0x56], nonce: 0)
        #expect(
            await chain.error("eth_call", "[{\"to\":\"\(burner)\"}]")?.message
                == "execution aborted (timeout)")
    }

    @Test func overridesOfStateAndBlock() async throws {
        let chain = await DevChainExample()
        let nobody = "0x00000000000000000000000000000000000000aa"
        // NUMBER and SLOAD(1) added.
        let code = "0x4360015401" + "5f5260205ff3"
        let answer = try await chain.call(
            "eth_call",
            """
            [{"to":"\(nobody)"},"latest",{"\(nobody)":{"code":"\(code)","stateDiff":
            {"0x0000000000000000000000000000000000000000000000000000000000000001":
            "0x0000000000000000000000000000000000000000000000000000000000000005"}}},
            {"number":"0x64"}]
            """)
        #expect(answer == .word(105))
        #expect(
            try await chain.call(
                "eth_call",
                """
                [{"from":"\(nobody)","to":"\(Self.aliceText)","value":"0x10"},"latest",
                {"\(nobody)":{"balance":"0x10"}}]
                """) == "0x")
        #expect(
            await chain.error(
                "eth_call",
                "[{\"from\":\"\(nobody)\",\"to\":\"\(Self.aliceText)\",\"value\":\"0x10\"}]")?
                .message
                .hasPrefix("insufficient funds") == true)
        // Nothing of it stays.
        #expect(try await chain.call("eth_getCode", "[\"\(nobody)\"]") == "0x")
    }

    @Test func dataWithoutATargetRunsAsCreation() async throws {
        let chain = await DevChainExample()
        // Returns the word 42.
        let answer = try await chain.call("eth_call", "[{\"data\":\"0x602a5f5260205ff3\"}]")
        #expect(answer == .word(42))
        #expect(
            await chain.error(
                "eth_call", "[{\"to\":\"\(Self.aliceText)\",\"data\":\"0x01\",\"input\":\"0x02\"}]")?
                .code == -32602)
    }

    @Test func proofsHoldAgainstTheHeadersRoot() async throws {
        let chain = await DevChainExample()
        let store = try await chain.deploy([0x5f, 0x35, 0x5f, 0x55], nonce: 0)
        _ = try await chain.call(
            "eth_sendTransaction",
            "[{\"from\":\"\(Self.aliceText)\",\"to\":\"\(store)\",\"data\":\"0x\(String(repeating: "11", count: 32))\"}]"
        )
        let root = try #require(
            try await chain.call("eth_getBlockByNumber", "[\"latest\",false]")["stateRoot"]?.text
                .flatMap(Hash32.init))
        for (address, slots, value) in [
            (store, "[\"0x0\",\"0x1\"]", "0x" + String(repeating: "11", count: 32)),
            (Self.aliceText, "[]", ""),
            ("0x00000000000000000000000000000000000000ee", "[\"0x7\"]", "0x0"),
        ] {
            let answer = try await chain.call(
                "eth_getProof", "[\"\(address)\",\(slots),\"latest\"]")
            let proof = try await chain.ledger.proof(
                of: try #require(Address(address)),
                slots: (answer["storageProof"]?.elements ?? []).compactMap {
                    $0["key"]?.text.flatMap { UInt256(hexadecimal: $0) }
                }, at: .latest)
            #expect(try proof.check(against: root))
            if !value.isEmpty {
                #expect(answer["storageProof"]?.elements?.first?["value"]?.text == value)
            }
            // Another root, a changed value, a missing node: none holds.
            #expect(throws: ProofCheck.Fault.self) { try proof.check(against: .emptyCode) }
            var forged = proof
            forged.account.balance = 77
            #expect(try !forged.check(against: root))
            var short = proof
            short.proof.removeLast()
            #expect(throws: ProofCheck.Fault.self) { try short.check(against: root) }
        }
    }

    @Test func logsAreFoundByFilterAndPlace() async throws {
        let chain = await DevChainExample()
        // LOG1 with the call data's first word as topic.
        let logger = try await chain.deploy([0x5f, 0x35, 0x5f, 0x5f, 0xa1], nonce: 0)
        let filter = try await chain.call("eth_newFilter", "[{\"address\":\"\(logger)\"}]")
        let blocks = try await chain.call("eth_newBlockFilter")
        let topic = { (byte: String) in "0x" + String(repeating: byte, count: 32) }
        for byte in ["aa", "bb", "aa"] {
            _ = try await chain.call(
                "eth_sendTransaction",
                "[{\"from\":\"\(Self.aliceText)\",\"to\":\"\(logger)\",\"data\":\"\(topic(byte))\"}]"
            )
        }
        func count(_ body: String) async throws -> Int? {
            try await chain.call("eth_getLogs", "[\(body)]").elements?.count
        }
        #expect(try await count("{\"fromBlock\":\"earliest\"}") == 3)
        #expect(try await count("{}") == 1)
        #expect(try await count("{\"fromBlock\":\"0x0\",\"topics\":[\"\(topic("aa"))\"]}") == 2)
        #expect(
            try await count(
                "{\"fromBlock\":\"0x0\",\"topics\":[[\"\(topic("aa"))\",\"\(topic("bb"))\"]]}") == 3
        )
        #expect(try await count("{\"fromBlock\":\"0x0\",\"topics\":[null]}") == 3)
        #expect(try await count("{\"fromBlock\":\"0x0\",\"topics\":[null,null]}") == 0)
        #expect(try await count("{\"fromBlock\":\"0x0\",\"address\":[\"\(Self.aliceText)\"]}") == 0)
        #expect(
            await chain.error("eth_getLogs", "[{\"fromBlock\":\"0x2\",\"toBlock\":\"0x1\"}]")
                == .parameters("invalid block range params"))
        #expect(
            await chain.error("eth_getLogs", "[{\"fromBlock\":\"0x0\",\"toBlock\":\"0xff\"}]")
                == .parameters("block range extends beyond current head block"))
        let name = filter.text ?? ""
        #expect(
            try await chain.call("eth_getFilterChanges", "[\"\(name)\"]").elements?.count == 3)
        #expect(
            try await chain.call("eth_getFilterChanges", "[\"\(name)\"]").elements?.count == 0)
        #expect(
            try await chain.call("eth_getFilterChanges", "[\"\(blocks.text ?? "")\"]").elements?
                .count == 3)
        #expect(try await chain.call("eth_uninstallFilter", "[\"\(name)\"]") == true)
        #expect(
            await chain.error("eth_getFilterChanges", "[\"\(name)\"]")
                == .failed("filter not found"))
    }

    @Test func feeHistoryHasOneMoreBaseFeeThanBlocks() async throws {
        let chain = await DevChainExample()
        for nonce in 0..<3 { _ = try await send(chain, nonce: UInt64(nonce)) }
        let history = try await chain.call("eth_feeHistory", "[\"0x2\",\"latest\",[10,50]]")
        #expect(history["oldestBlock"] == "0x2")
        #expect(history["baseFeePerGas"]?.elements?.count == 3)
        let ratios: [JSONValue] = [.number("0.0007"), .number("0.0007")]
        #expect(history["gasUsedRatio"]?.elements == ratios)
        let nothing: [JSONValue] = [.array(["0x0", "0x0"]), .array(["0x0", "0x0"])]
        #expect(history["reward"]?.elements == nothing)
        // Clipped at the genesis; a number instead of a quantity.
        let all = try await chain.call("eth_feeHistory", "[1000000,\"latest\"]")
        #expect(all["gasUsedRatio"]?.elements?.count == 4)
        #expect(all["reward"] == nil)
        for bad in ["[50,10]", "[101]", "[-1]"] {
            #expect(
                await chain.error("eth_feeHistory", "[\"0x2\",\"latest\",\(bad)]")?.message
                    .hasPrefix(
                        "invalid reward percentile") == true)
        }
    }

    @Test func tracesShowCallsAndSteps() async throws {
        let chain = await DevChainExample()
        let inner = try await chain.deploy([0x60, 1, 0x5f, 0x55], nonce: 0)
        let target = try #require(Hexadecimal.bytes(inner))
        // CALL(gas, inner, 0, 0, 0, 0, 0)
        var code: [UInt8] = [0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x73]
        code += target
        code += [0x5a, 0xf1]
        let outer = try await chain.deploy(code, nonce: 1)
        let hash = try await chain.call(
            "eth_sendTransaction",
            "[{\"from\":\"\(Self.aliceText)\",\"to\":\"\(outer)\",\"gas\":\"0x186a0\"}]")
        let steps = try await chain.call("debug_traceTransaction", "[\"\(hash.text ?? "")\"]")
        #expect(steps["failed"] == false)
        let names = steps["structLogs"]?.elements?.compactMap { $0["op"]?.text } ?? []
        #expect(
            names == [
                "PUSH0", "PUSH0", "PUSH0", "PUSH0", "PUSH0", "PUSH20", "GAS", "CALL", "PUSH1",
                "PUSH0", "SSTORE", "STOP", "STOP",
            ])
        let calls = try await chain.call(
            "debug_traceTransaction", "[\"\(hash.text ?? "")\",{\"tracer\":\"callTracer\"}]")
        #expect(calls["to"]?.text == outer)
        #expect(calls["calls"]?.elements?.first?["to"]?.text == inner)
        #expect(calls["calls"]?.elements?.first?["type"] == "CALL")
        let receipt = try await chain.call(
            "eth_getTransactionReceipt", "[\"\(hash.text ?? "")\"]")
        #expect(calls["gasUsed"] == receipt["gasUsed"])
        let list = try await chain.call(
            "eth_createAccessList", "[{\"from\":\"\(Self.aliceText)\",\"to\":\"\(outer)\"}]")
        #expect(list["accessList"]?.elements?.first?["address"]?.text == inner)
    }

    @Test func aTraceTenTimesTooLongIsRefused() async throws {
        var limits = RPCLimits()
        limits.maximumTraceSteps = 100
        let chain = await DevChainExample({ _ in }, limits: limits)
        let burner = try await chain.deploy([0x5b, 0x5f, 0x56], nonce: 0)
        #expect(
            await chain.error(
                "debug_traceCall", "[{\"to\":\"\(burner)\",\"gas\":\"0x7530\"},\"latest\",{}]")?
                .code
                == -32005)
    }

    @Test func theChainCanBePutBackAndChangedAtWill() async throws {
        let chain = await DevChainExample()
        let snapshot = try await chain.call("evm_snapshot")
        let hash = try await send(chain, nonce: 0)
        _ = try await chain.call("anvil_setBalance", "[\"\(Self.aliceText)\",\"0x7\"]")
        #expect(try await chain.call("eth_getBalance", "[\"\(Self.aliceText)\"]") == "0x7")
        #expect(try await chain.call("evm_revert", "[\"\(snapshot.text ?? "")\"]") == true)
        #expect(try await chain.call("eth_blockNumber") == "0x0")
        #expect(try await chain.call("eth_getTransactionByHash", "[\"\(hash)\"]") == .null)
        #expect(
            try await chain.call("eth_getBalance", "[\"\(Self.aliceText)\"]")
                == .quantity(100 &* SupplyRules.coin))
        #expect(try await chain.call("evm_revert", "[\"\(snapshot.text ?? "")\"]") == false)
        _ = try await chain.call("evm_setNextBlockTimestamp", "[4000000000]")
        _ = try await chain.call("anvil_mine", "[\"0x3\"]")
        let block = try await chain.call("eth_getBlockByNumber", "[\"0x1\",false]")
        #expect(block["timestamp"] == .quantity(4_000_000_000 as UInt64))
        #expect(try await chain.call("eth_blockNumber") == "0x3")
    }

    @Test func subscriptionsNeedAConnectionAndAreToldInOrder() async throws {
        let chain = await DevChainExample()
        #expect(
            await chain.error("eth_subscribe", "[\"newHeads\"]")
                == RPCError(-32601, "notifications not supported"))
        let session = RPCSession(id: 1, maximumUnsentBytes: 1 << 20)
        let id = try await chain.call("eth_subscribe", "[\"newHeads\"]", session: session)
        let running = Task { await chain.api.runBackground() }
        defer { running.cancel() }
        let isDone = Mutex(false)
        let listening = Task {
            var found: [JSONValue] = []
            for await message in session.outbound {
                if let value = try? JSONReader.value(message) { found.append(value) }
                if found.count == 2 { break }
            }
            isDone.withLock { $0 = true }
            return found
        }
        // The first blocks may come before the desk listens.
        for _ in 0..<5000 where !isDone.withLock({ $0 }) {
            _ = try await chain.call("evm_mine")
            await Task.yield()
        }
        let heard = await listening.value
        #expect(heard.count == 2)
        #expect(heard.first?["method"] == "eth_subscription")
        #expect(heard.first?["params"]?["subscription"] == id)
        let head = heard.first?["params"]?["result"]
        #expect(head?["transactions"] == nil)
        #expect(head?["number"] != nil)
        #expect(heard.last?["params"]?["result"]?["parentHash"] == head?["hash"])
        #expect(
            try await chain.call("eth_unsubscribe", "[\"\(id.text ?? "")\"]", session: session)
                == true)
    }

    @Test func oneConnectionHasAtMostSoManySubscriptions() async throws {
        var limits = RPCLimits()
        limits.maximumSubscriptions = 4
        let chain = await DevChainExample({ _ in }, limits: limits)
        let session = RPCSession(id: 1, maximumUnsentBytes: 1 << 20)
        var made = 0
        for _ in 0..<40
        where (try? await chain.call("eth_subscribe", "[\"newHeads\"]", session: session)) != nil {
            made += 1
        }
        #expect(made == 4)
    }
}
