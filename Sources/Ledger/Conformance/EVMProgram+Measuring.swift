import Crypto

extension EVMProgram {
    /// What a program must use and return.
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

    /// What one run has taken.
    package struct Run {
        package var gasUsed: Int64
        package var seconds: Double
    }

    /// Runs it some times from the same state, each with its time; the pieces that are not execution
    /// (reading, state, root) are outside of the time.
    ///
    /// - Parameter now: CPU or wall time in seconds.
    package func run(repeating count: Int, now: () -> Double) throws -> [Run] {
        var program = try prepared()
        var runs: [Run] = []
        for _ in 0..<count {
            let start = now()
            let (result, journal) = try program.run()
            runs.append(Run(gasUsed: result.gasUsed, seconds: now() - start))
            if let expect, !expect.isMet(by: result) {
                throw StateTest.Malformed(
                    description: "\(name): \(result.halt), gas \(result.gasUsed), expected "
                        + "\(expect.gasUsed), or another output")
            }
            // Keeps what was analysed, as a chain would.
            program.state = journal.release()
        }
        return runs
    }
}
