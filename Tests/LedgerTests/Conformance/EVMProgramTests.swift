import Testing

@testable import Ledger

@Suite("Programs") struct EVMProgramTests {
    private func program(_ code: String, gas: Int = 400_000, more: String = "") throws -> EVMProgram
    {
        try EVMProgram.decode(
            Array(
                """
                {"name": "test", "accounts": {
                  "0x00000000000000000000000000000000000000c1": {"balance": "0x5", "nonce": "0x1",
                    "code": "0x\(code)", "storage": {"0x1": "0x7"}}},
                 "tx": {"from": "0x00000000000000000000000000000000000000c0",
                  "to": "0x00000000000000000000000000000000000000c1", "data": "0x", "gas": \(gas)}\(more)}
                """.utf8))
    }

    private let contract = "0x00000000000000000000000000000000000000c1"

    @Test("an outcome has the slots, transient ones apart, and the logs") func outcome() throws {
        // SSTORE(0, SLOAD(1)), TSTORE(0, 9), SSTORE(2, TLOAD(0)), LOG1 of nothing with topic 3.
        let outcome = try program("6001545f556009" + "5f5d" + "5f5c600255" + "60035f5fa1").outcome()
        #expect(outcome.halt == "stop" && outcome.success)
        let account = try #require(outcome.accounts[contract])
        #expect(account.storage == ["0x0": "0x7", "0x1": "0x7", "0x2": "0x9"])
        #expect(account.balance == "0x5" && account.nonce == 1 && !account.isDestroyed)
        #expect(outcome.logs.map(\.address) == [contract])
        #expect(outcome.logs.first?.topics == [Hexadecimal.data(UInt256(3).bytes)])
    }

    @Test("what a halt undoes is as it was, transient slots too") func undone() throws {
        // Calls itself, where call data make it store in both kinds and fail; then shows both.
        let inner = "60095f5d60095f55fe"
        let outer = "5f5f60015f5f305af1505f5c6020525f545f5260405ff3"
        // CALLDATASIZE PUSH1 target JUMPI outer… JUMPDEST inner
        let target = 4 + outer.count / 2
        let code =
            "3660" + Hexadecimal.digits(of: [UInt8(target)]) + "57" + outer + "5b" + inner
        let outcome = try program(code).outcome()
        #expect(outcome.halt == "returned")
        #expect(outcome.output == Hexadecimal.data([UInt8](repeating: 0, count: 64)))
        #expect(outcome.accounts[contract]?.storage == ["0x0": "0x0"])
    }

    @Test("a transaction that cannot be has an outcome that says so") func refused() throws {
        let outcome = try program("00", gas: 20_000).outcome()
        #expect(!outcome.success && outcome.gasUsed == 0 && outcome.accounts.isEmpty)
    }

    @Test("a run that does not do what is expected has no time") func expectation() throws {
        let right = #", "expect": {"gas_used": 21000, "success": true}"#
        #expect(try program("00", more: right).run(repeating: 3) { 0 }.count == 3)
        let wrong = #", "expect": {"gas_used": 21001, "success": true}"#
        #expect(throws: StateTest.Malformed.self) {
            try program("00", more: wrong).run(repeating: 1) { 0 }
        }
    }

    @Test("an unknown fork is refused, and Prague has its precompiles") func forks() throws {
        #expect(throws: StateTest.Malformed.self) {
            try program("00", more: #", "fork": "Genesis""#).outcome()
        }
        // STATICCALL to 0x0b without input: a success without effect before Prague, a failure in it.
        let code = "5f5f5f5f600b5afa5f5260205ff3"
        #expect(try program(code).outcome().output.hasSuffix("1"))
        #expect(try program(code, more: #", "fork": "Prague""#).outcome().output.hasSuffix("0"))
    }
}
