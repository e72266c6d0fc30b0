import Testing

@testable import Ledger

@Suite("Tracers") struct TracingTests {
    private static let alice = PoolExamples.keys[0].address
    private static var aliceText: String { Hexadecimal.data(alice.bytes) }

    /// A contract that stores 1 at slot 0, then loads it: `PUSH1 1 PUSH0 SSTORE PUSH0 SLOAD`.
    private static let storing: [UInt8] = [0x60, 1, 0x5f, 0x55, 0x5f, 0x54]

    private func send(_ chain: DevChainExample, to: String, data: String) async throws -> String {
        let hash = try await chain.call(
            "eth_sendTransaction",
            """
            [{"from":"\(Self.aliceText)","to":"\(to)","data":"\(data)","gas":"0x186a0",\
            "value":"0x5"}]
            """)
        return try #require(hash.text)
    }

    private func trace(
        _ chain: DevChainExample, _ hash: String, _ configuration: String
    ) async throws -> JSONValue {
        try await chain.call("debug_traceTransaction", "[\"\(hash)\",\(configuration)]")
    }

    @Test("steps show the storage that their frame has read and written")
    func storage() async throws {
        let chain = await DevChainExample()
        let contract = try await chain.deploy(Self.storing, nonce: 0)
        let hash = try await send(chain, to: contract, data: "0x")
        let steps = try #require(try await trace(chain, hash, "{}")["structLogs"]?.elements)
        let zero = String(repeating: "0", count: 64)
        let one = String(repeating: "0", count: 63) + "1"
        for name in ["SSTORE", "SLOAD"] {
            let step = try #require(steps.first { $0["op"]?.text == name })
            #expect(step["storage"] == .members([zero: .string(one)]), "\(name)")
        }
        #expect(steps.filter { $0["storage"] != nil }.count == 2)
        let without = try await trace(chain, hash, "{\"disableStorage\":true}")
        #expect(without["structLogs"]?.elements?.allSatisfy { $0["storage"] == nil } == true)
    }

    @Test("prestateTracer shows what was found, and with diffMode what became of it")
    func prestate() async throws {
        let chain = await DevChainExample()
        let contract = try await chain.deploy(Self.storing, nonce: 0)
        let before = try await chain.call("eth_getBalance", "[\"\(Self.aliceText)\"]")
        let hash = try await send(chain, to: contract, data: "0x")
        let found = try await trace(chain, hash, "{\"tracer\":\"prestateTracer\"}")
        let zero = "0x" + String(repeating: "0", count: 64)
        let one = "0x" + String(repeating: "0", count: 63) + "1"
        #expect(found[Self.aliceText]?["balance"] == before)
        #expect(found[Self.aliceText]?["nonce"] == .number("1"))
        #expect(found[contract]?["code"] == .data(Self.storing))
        #expect(found[contract]?["balance"] == "0x0")
        #expect(found[contract]?["storage"] == .members([zero: .string(zero)]))
        let plain = try await trace(
            chain, hash,
            """
            {"tracer":"prestateTracer","tracerConfig":{"disableCode":true,"disableStorage":true}}
            """)
        #expect(plain[contract]?["code"] == nil && plain[contract]?["storage"] == nil)

        let change = try await trace(
            chain, hash, "{\"tracer\":\"prestateTracer\",\"tracerConfig\":{\"diffMode\":true}}")
        #expect(change["pre"]?[contract]?["storage"] == nil)
        #expect(change["post"]?[contract]?["storage"] == .members([zero: .string(one)]))
        #expect(change["post"]?[contract]?["balance"] == "0x5")
        #expect(change["post"]?[contract]?["code"] == nil)
        #expect(change["post"]?[Self.aliceText]?["nonce"] == .number("2"))
        #expect(change["pre"]?[Self.aliceText]?["nonce"] == .number("1"))
    }

    @Test("prestateTracer leaves out an account that came to be, and shows it in the difference")
    func creation() async throws {
        let chain = await DevChainExample()
        let new = "0x00000000000000000000000000000000000abcde"
        let hash = try await send(chain, to: new, data: "0x")
        let found = try await trace(chain, hash, "{\"tracer\":\"prestateTracer\"}")
        #expect(found[new] == nil && found[Self.aliceText] != nil)
        let change = try await trace(
            chain, hash, "{\"tracer\":\"prestateTracer\",\"tracerConfig\":{\"diffMode\":true}}")
        #expect(change["pre"]?[new] == nil)
        #expect(change["post"]?[new] == .members(["balance": "0x5"]))
    }

    @Test("4byteTracer counts functions, noopTracer nothing")
    func selectors() async throws {
        let chain = await DevChainExample()
        let contract = try await chain.deploy(Self.storing, nonce: 0)
        let hash = try await send(chain, to: contract, data: "0x01020304ffff")
        #expect(
            try await trace(chain, hash, "{\"tracer\":\"4byteTracer\"}")
                == .members(["0x01020304-2": .number("1")]))
        #expect(try await trace(chain, hash, "{\"tracer\":\"noopTracer\"}") == .members([:]))
        let block = try await chain.call(
            "debug_traceBlockByNumber", "[\"latest\",{\"tracer\":\"4byteTracer\"}]")
        #expect(block.elements?.first?["result"]?["0x01020304-2"] == .number("1"))
        #expect(
            await chain.error(
                "debug_traceTransaction", "[\"\(hash)\",{\"tracer\":\"{}\"}]")?.message
                == "tracer \"{}\" is not available")
    }
}
