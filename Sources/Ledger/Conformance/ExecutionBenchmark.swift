import Crypto

#if canImport(FoundationEssentials)
import FoundationEssentials
#endif

/// A program to measure: accounts, one transaction without fees, and what it must use and return.
package struct ExecutionBenchmark: Decodable, Sendable {
    struct Call: Decodable, Sendable {
        var from: String
        var to: String
        var data: String
        var gas: UInt64
    }

    struct Expectation: Decodable, Sendable {
        var gasUsed: Int64
        var success: Bool
        /// SHA-256 of the output.
        var outputHash: String?

        enum CodingKeys: String, CodingKey {
            case gasUsed = "gas_used"
            case success
            case outputHash = "output_sha256"
        }

        func isMet(by result: TransactionResult) -> Bool {
            let hash = Hexadecimal.digits(of: Array(SHA256.hash(data: result.output)))
            return result.gasUsed == gasUsed && result.halt.isSuccess == success
                && (outputHash == nil || outputHash == hash)
        }
    }

    package var name: String
    var accounts: [String: StateTest.PreAccount]
    var tx: Call
    var expect: Expectation?

    package static func decode(_ bytes: some Sequence<UInt8>) throws -> ExecutionBenchmark {
        try JSONDecoder().decode(ExecutionBenchmark.self, from: Data(bytes))
    }

    /// What one run has done.
    package struct Run {
        package var gasUsed: Int64
        package var seconds: Double
    }

    /// Runs it some times from the same state, each with its time; the pieces that are not execution
    /// (reading, state, root) are outside of the time.
    ///
    /// - Parameter now: CPU or wall time in seconds.
    package func run(repeating count: Int, now: () -> Double) throws -> [Run] {
        var state = try StateTest.state(accounts)
        guard let from = Address(tx.from), let to = Address(tx.to) else {
            throw StateTest.Malformed(description: "addresses of \(name)")
        }
        var transaction = Transaction(.legacy)
        transaction.to = to
        transaction.gasLimit = tx.gas
        transaction.input = try StateTest.bytes(tx.data)
        var block = BlockContext()
        block.gasLimit = tx.gas
        block.number = 1
        var transition = StateTransition(rules: Fork.cancun.rules, block: block)
        var tracer = NoTracer()
        var runs: [Run] = []
        for _ in 0..<count {
            var journal = StateJournal(state, precompiles: Fork.cancun.rules.lastPrecompile)
            let start = now()
            let result = try transition.execute(
                transaction, from: from, in: &journal, tracer: &tracer)
            runs.append(Run(gasUsed: result.gasUsed, seconds: now() - start))
            if let expect, !expect.isMet(by: result) {
                throw StateTest.Malformed(
                    description: "\(name): \(result.halt), gas \(result.gasUsed), expected "
                        + "\(expect.gasUsed), or another output")
            }
            // Keeps what was analysed, as a chain would.
            state = journal.release()
        }
        return runs
    }

    /// A program of one contract's code, called with some input.
    package init(name: String, code: [UInt8], input: [UInt8], gas: UInt64) {
        self.name = name
        let caller = "0x00000000000000000000000000000000000000c0"
        let contract = "0x00000000000000000000000000000000000000c1"
        accounts = [
            contract: StateTest.PreAccount(
                balance: "0x0", nonce: "0x1", code: Hexadecimal.data(code), storage: [:])
        ]
        tx = Call(from: caller, to: contract, data: Hexadecimal.data(input), gas: gas)
    }

    /// Small loops that each stress one part of the interpreter, of some 10 million gas.
    package static let loops: [ExecutionBenchmark] = {
        // for (i = n; i > 0; i -= 1) body; the counter stays on the stack.
        func loop(_ name: String, _ count: UInt32, _ body: String) -> ExecutionBenchmark {
            let digits = Hexadecimal.digits(of: UInt256(UInt64(count)).bytes.suffix(4))
            let code = "63" + digits + "5b" + body + "600190038060055700"
            return ExecutionBenchmark(
                name: "loop/" + name, code: Hexadecimal.bytes(code) ?? [], input: [],
                gas: 1_000_000_000)
        }
        return [
            // 8 times DUP1 DUP1 ADD POP, then MUL and XOR in the same way.
            loop(
                "arithmetic", 50_000, String(repeating: "80800150", count: 8) + "8080025080801850"),
            loop("mulmod", 50_000, String(repeating: "801980198019" + "0950", count: 4)),
            loop("keccak64", 50_000, "604060002050"),
            loop("sstore-warm", 50_000, "80600055"),
            loop("staticcall", 20_000, "60006000600060006004" + "5afa50"),
        ]
    }()
}
