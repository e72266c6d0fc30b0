import Testing

@testable import Ledger

/// What the official exchanges do not show: this chain's own ground, and limits.
@Suite("eth_simulateV1 and eth_config") struct SimulationMethodTests {
    private static let alice = Hexadecimal.data(PoolExamples.keys[0].address.bytes)
    private static let stranger = "0x00000000000000000000000000000000000abcde"

    private func simulate(
        _ chain: DevChainExample, _ blocks: String, _ options: String = ""
    ) async throws(RPCError) -> [JSONValue] {
        try await chain.call("eth_simulateV1", "[{\"blockStateCalls\":\(blocks)\(options)}]")
            .elements ?? []
    }

    @Test("what is simulated is what happens, root and receipts included, and nothing stays")
    func agreesWithTheChain() async throws {
        let chain = await DevChainExample()
        let before = try await chain.call("eth_getBlockByNumber", "[\"latest\",false]")
        let call = """
            {"from":"\(Self.alice)","to":"\(Self.stranger)","value":"0x7","gas":"0x5208",\
            "maxFeePerGas":"0x0","maxPriorityFeePerGas":"0x0"}
            """
        let imagined = try await simulate(chain, "[{\"calls\":[\(call)]}]")
        #expect(try await chain.call("eth_getBlockByNumber", "[\"latest\",false]") == before)
        _ = try await chain.call("eth_sendTransaction", "[\(call)]")
        let made = try await chain.call("eth_getBlockByNumber", "[\"latest\",false]")
        #expect(imagined.count == 1)
        for name in ["number", "parentHash", "receiptsRoot", "gasUsed", "gasLimit", "logsBloom"] {
            #expect(imagined.first?[name] == made[name], "\(name)")
        }
        // The system contracts are not there, so time does not show in the state.
        #expect(imagined.first?["stateRoot"] == made["stateRoot"])
        #expect(imagined.first?["calls"]?.elements?.first?["status"] == "0x1")
    }

    @Test("a second block sees the first one's state, hash and time")
    func blocksFollowEachOther() async throws {
        let chain = await DevChainExample()
        // BLOCKHASH(NUMBER - 1), SELFBALANCE and TIMESTAMP, returned.
        let code = "0x60014303405f524760205242604052" + "60605ff3"
        let blocks = """
            [{"stateOverrides":{"\(Self.stranger)":{"code":"\(code)"}},
            "calls":[{"from":"\(Self.alice)","to":"\(Self.stranger)","value":"0x9"}]},
            {"calls":[{"to":"\(Self.stranger)"}]}]
            """
        let shown = try await simulate(chain, blocks)
        #expect(shown.count == 2)
        let (first, second) = (try #require(shown.first), try #require(shown.last))
        let output = try #require(
            second["calls"]?.elements?.first?["returnData"]?.text.flatMap {
                Hexadecimal.bytes($0)
            })
        #expect(output.count == 96)
        #expect(JSONValue.data(output[..<32]) == first["hash"])
        #expect(second["parentHash"] == first["hash"])
        #expect(output[63] == 9)
        let time = UInt256(bigEndian: Array(output[64...])) ?? .zero
        #expect(.quantity(time) == second["timestamp"])
    }

    @Test("limits: blocks, calls, gas, and a block that is not there")
    func limits() async throws {
        var limits = RPCLimits()
        limits.maximumSimulatedBlocks = 4
        limits.maximumSimulatedCalls = 4
        limits.callGas = 100_000
        let chain = await DevChainExample({ _ in }, limits: limits)
        func code(_ blocks: String) async -> Int? {
            do throws(RPCError) {
                _ = try await simulate(chain, blocks)
                return nil
            } catch {
                return error.code
            }
        }
        func blocks(_ count: Int) -> String {
            "[" + (0..<count).map { _ in "{}" }.joined(separator: ",") + "]"
        }
        func calls(_ count: Int, _ call: String = "{\"to\":\"\(Self.stranger)\"}") -> String {
            "[{\"calls\":["
                + (0..<count).map { _ in call }.joined(separator: ",") + "]}]"
        }
        #expect(await code(blocks(4)) == nil)
        #expect(await code(blocks(40)) == -38026)
        #expect(await code("[{\"blockOverrides\":{\"number\":\"0x28\"}}]") == -38026)
        #expect(await code("[{\"blockOverrides\":{\"number\":\"0xffffffffffffffff\"}}]") == -38026)
        #expect(
            await code("[{\"blockOverrides\":{\"time\":\"0xffffffffffffffff\"}},{}]") == -38021)
        #expect(await code(calls(4)) == nil)
        #expect(await code(calls(40)) == -38026)
        // 100,000 gas for all calls together: the fifth of 21,000 has not enough.
        let two = "[{\"calls\":[{},{}]}]"
        #expect(await code(two) == -38013)
        #expect(await code("[]") == -32602)
        let precompile = "0x0000000000000000000000000000000000000001"
        #expect(
            await code("[{\"stateOverrides\":{\"\(precompile)\":{\"code\":\"0x00\"}}}]") == -32602)
        #expect(await code("[7]") == -32602)
        #expect(
            await chain.error("eth_simulateV1", "[{\"blockStateCalls\":[{}]},\"0x99\"]")?.message
                == "header not found")
    }

    @Test("calls that never end are ended")
    func time() async throws {
        var limits = RPCLimits()
        limits.executionTime = .milliseconds(200)
        limits.callGas = 1 << 40
        let chain = await DevChainExample({ $0.gasLimit = 1 << 40 }, limits: limits)
        let blocks = """
            [{"stateOverrides":{"\(Self.stranger)":{"code":"0x5b5f56"}},
            "calls":[{"to":"\(Self.stranger)"}]}]
            """
        do throws(RPCError) {
            _ = try await simulate(chain, blocks)
            Issue.record("an endless loop has ended")
        } catch {
            #expect(error == .timedOut)
        }
    }

    @Test("a development chain signs typed data, as a document or as text")
    func typedData() async throws {
        let chain = await DevChainExample()
        let document = """
            {"types":{"EIP712Domain":[{"name":"name","type":"string"}],
            "Mail":[{"name":"text","type":"string"}]},"primaryType":"Mail",
            "domain":{"name":"x"},"message":{"text":"hello"}}
            """
        let signed = try await chain.call(
            "eth_signTypedData", "[\"\(Self.alice)\",\(document)]")
        let quoted = JSONValue.string(document).serialized
        #expect(
            try await chain.call("eth_signTypedData_v4", "[\"\(Self.alice)\",\(quoted)]")
                == signed)
        let signature = try #require(
            MessageSignature(bytes: Hexadecimal.bytes(signed.text ?? "") ?? []))
        let hash = try TypedData(json: document).hash()
        #expect(signature.signer(of: hash) == PoolExamples.keys[0].address)
        #expect(
            await chain.error("eth_signTypedData_v4", "[\"\(Self.alice)\",{}]")?.code == -32602)
        #expect(
            await chain.error("eth_signTypedData_v4", "[\"\(Self.stranger)\",\(document)]")?
                .message == "unknown account")
    }

    @Test("the configuration names the fork, its contracts and what comes next")
    func configuration() async throws {
        let prague = try await DevChainExample().call("eth_config")
        #expect(prague["next"] == .null && prague["last"] == .null)
        #expect(prague["current"]?["activationTime"] == .number("0"))
        #expect(prague["current"]?["precompiles"]?.object?.members.count == 17)
        #expect(
            prague["current"]?["precompiles"]?["BLS12_MAP_FP2_TO_G2"]
                == "0x0000000000000000000000000000000000000011")
        #expect(
            prague["current"]?["blobSchedule"]
                == .members([
                    "baseFeeUpdateFraction": .number("5007716"), "max": .number("9"),
                    "target": .number("6"),
                ]))
        let chain = await DevChainExample { $0.forks = ForkSchedule(pragueTime: 4_000_000_000) }
        let both = try await chain.call("eth_config")
        #expect(both["current"]?["precompiles"]?.object?.members.count == 10)
        #expect(both["next"]?["activationTime"] == .number("4000000000"))
        #expect(both["next"] == both["last"])
        #expect(both["next"]?["forkId"] != both["current"]?["forkId"])
        let genesis = try await chain.call("eth_getBlockByNumber", "[\"0x0\",false]")
        let hash = try #require(Hexadecimal.bytes(genesis["hash"]?.text ?? ""))
        let checksum = UInt256(UInt64(CRC32.checksum(hash))).bytes.suffix(4)
        #expect(both["current"]?["forkId"] == .data(checksum))
        // The checksum's own test vector.
        #expect(CRC32.checksum(Array("123456789".utf8)) == 0xcbf4_3926)
    }
}
