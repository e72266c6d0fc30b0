import Testing

@testable import Ledger

@Suite("Interpreter") struct InterpreterTests {
    private func run(
        _ code: String, input: String = "", gas: Int64 = 1_000_000, fork: Fork = .cancun
    ) -> Interpreter.Outcome {
        SingleCall(code: hex(code), input: hex(input), gas: gas, fork: fork).run()
    }

    /// Runs code that leaves one word on the stack.
    private func word(_ code: String, input: String = "") -> UInt256? {
        let outcome = run(code + "60005260206000f3", input: input)
        guard outcome.halt == .returned else { return nil }
        return UInt256(bigEndian: outcome.output)
    }

    @Test("operands come in the order of the Yellow Paper")
    func operandOrder() {
        #expect(word("6003600503") == 2)
        #expect(word("6003600a04") == 3)
        #expect(word("6003600a06") == 1)
        #expect(word("600260030a") == 9)
        #expect(word("6001600210") == 0)
        #expect(word("6002600110") == 1)
        #expect(word("60016004" + "1b") == 16)
        #expect(word("60056003600408") == 2)
        #expect(word("60056003600409") == 2)
    }

    @Test("each exceptional halt takes all gas and says what it was")
    func halts() {
        let cases: [(String, Halt)] = [
            ("01", .stackUnderflow), ("0c", .undefinedInstruction), ("fe", .undefinedInstruction),
            ("600056", .invalidJump), ("6003565b", .stop), ("60045660" + "5b", .invalidJump),
            ("60016000" + "3e", .stackUnderflow), ("600160006000" + "3e", .returnDataOutOfBounds),
        ]
        for (code, halt) in cases {
            let outcome = run(code)
            #expect(outcome.halt == halt, "\(code)")
            if !halt.isSuccess { #expect(outcome.gasLeft == 0) }
        }
        #expect(run(String(repeating: "5f", count: 1025)).halt == .stackOverflow)
        #expect(run(String(repeating: "5f", count: 1024)).halt == .stop)
    }

    @Test("gas is what the Yellow Paper says, to the last unit")
    func gas() {
        // PUSH1 PUSH1 ADD POP: 3 + 3 + 3 + 2.
        #expect(1000 - run("600160020150", gas: 1000).gasLeft == 11)
        #expect(run("600160020150", gas: 11).halt == .stop)
        #expect(run("600160020150", gas: 10).halt == .outOfGas)
        // MSTORE at 0: 3 + 3 + 3 and one word of memory.
        #expect(1000 - run("6001600052", gas: 1000).gasLeft == 12)
        // Memory of 1024 words: 3 · 1024 + 1024² / 512.
        #expect(100_000 - run("6001617fe052", gas: 100_000).gasLeft == 9 + 3072 + 2048)
        // SSTORE of a fresh slot: cold access and setting.
        #expect(100_000 - run("6001600055", gas: 100_000).gasLeft == 6 + 2100 + 20000)
        // The second write of the slot is warm and dirty.
        #expect(100_000 - run("60016000556002600055", gas: 100_000).gasLeft == 12 + 22100 + 100)
        #expect(run("6001600055", gas: 2306).halt == .outOfGas)
    }

    @Test("memory beyond any gas is refused without being made", arguments: [32, 63, 64, 255])
    func hugeMemory(_ bits: Int) {
        // MSTORE at 2^bits.
        let outcome = run(
            "60016001" + "60" + Hexadecimal.digits(of: [UInt8(bits)]) + "1b52", gas: .max)
        #expect(outcome.halt == .outOfGas)
    }

    @Test("calls nest to depth 1024 without the thread's stack")
    func depth() {
        // Calls itself with all gas; each level counts in storage slot 0.
        let code = "60005460010160005560006000600060006000305af15000"
        let outcome = run(code, gas: 1 << 50)
        #expect(outcome.halt == .stop)
        let read = SingleCall(
            code: hex(code), input: [], gas: 1 << 50, fork: .cancun)
        #expect(read.storageAfter(slot: 0) == 1025)
    }

    @Test(
        "a static call may change nothing",
        arguments: ["6001600055", "60006000a0", "600060005d", "600060006000f0", "6000ff"])
    func staticCalls(_ body: String) {
        // CREATE is not allowed to hide it: the callee's code is this contract's, told by call data.
        let code =
            "36" + "6019" + "57" + "600060006001600030" + "5afa" + "60005260206000f3" + "0000"
            + "5b"
            + body + "00"
        let outcome = run(code)
        #expect(outcome.halt == .returned)
        #expect(UInt256(bigEndian: outcome.output) == 0, "\(body)")
    }

    @Test("MCOPY moves overlapping memory in both directions") func overlappingCopy() {
        // Bytes 1…32 at 0; copied to 1, byte 1 is byte 0's.
        let store = "7f" + Hexadecimal.digits(of: (1...32).map { UInt8($0) }) + "600052"
        let up = run(store + "602060006001" + "5e" + "60406000f3")
        #expect(up.output.prefix(4) == [1, 1, 2, 3])
        let down = run(store + "601f60016000" + "5e" + "60206000f3")
        #expect(down.output == (2...32).map { UInt8($0) } + [32])
    }

    @Test("PUSH at the end of the code reads zeros behind it") func truncatedPush() {
        #expect(run("7f").halt == .stop)
        #expect(run("61ff").halt == .stop)
    }

    @Test("an unknown precompile is an empty account") func noPrecompile() {
        // BLS12-381 exists from Prague on: Cancun calls an empty account there, and succeeds.
        let call = "600060006000600073000000000000000000000000000000000000000b5afa"
        let code = call + "60005260206000f3"
        #expect(UInt256(bigEndian: run(code).output) == 1)
        #expect(UInt256(bigEndian: run(code, fork: .prague).output) == 0)
    }

    @Test("a trace has a line for each step, with the cost") func trace() {
        var lines: [String] = []
        _ = SingleCall(code: hex("6001600201"), input: [], gas: 100, fork: .cancun).run {
            lines.append($0)
        }
        #expect(lines.count == 4)
        #expect(
            lines.dropFirst(2).first
                == "{\"pc\":4,\"op\":1,\"gas\":\"0x5e\",\"gasCost\":\"0x3\",\"memSize\":0,"
                + "\"stack\":[\"0x1\",\"0x2\"],\"depth\":1,\"refund\":0,\"opName\":\"ADD\"}")
    }
}
