/// The contracts at fixed addresses that are not code (Yellow Paper, appendix E).
package enum Precompile {
    /// What a precompile answers: its gas and its output, or `nil` for a failure that takes all gas.
    typealias Answer = [UInt8]

    /// Runs one.
    ///
    /// - Parameters:
    ///   - number: Its address, which the fork's rules know.
    ///   - input: Any bytes.
    ///   - gas: What may be used.
    package static func run(_ number: UInt64, _ input: [UInt8], gas: Int64) -> Interpreter.Outcome {
        guard let cost = cost(number, input), cost <= gas else {
            return Interpreter.Outcome(halt: .outOfGas, gasLeft: 0, output: [])
        }
        guard let output = output(number, input) else {
            return Interpreter.Outcome(halt: .precompileFailure, gasLeft: 0, output: [])
        }
        return Interpreter.Outcome(halt: .returned, gasLeft: gas - cost, output: output)
    }

    /// The gas, which depends on the input alone; `nil` for an input that is refused unseen.
    private static func cost(_ number: UInt64, _ input: [UInt8]) -> Int64? {
        let words = GasCost.words(input.count)
        switch number {
        case 0x01: return 3000
        case 0x02: return 60 + 12 * words
        case 0x03: return 600 + 120 * words
        case 0x04: return 15 + 3 * words
        case 0x05: return ModularExponentiation.cost(input)
        case 0x06: return 150
        case 0x07: return 6000
        case 0x08: return 45000 + 34000 * Int64(input.count / 192)
        case 0x09: return BLAKE2F.rounds(input).map(Int64.init)
        case 0x0a: return 50000
        default: return BLSPrecompile.cost(number, input)
        }
    }

    private static func output(_ number: UInt64, _ input: [UInt8]) -> Answer? {
        switch number {
        case 0x01: SignatureRecovery.run(input)
        case 0x02: SHA256Precompile.run(input)
        case 0x03: [UInt8](repeating: 0, count: 12) + RIPEMD160.hash(input)
        case 0x04: input
        case 0x05: ModularExponentiation.run(input)
        case 0x06: BN254Precompile.add(input)
        case 0x07: BN254Precompile.multiply(input)
        case 0x08: BN254Precompile.pairing(input)
        case 0x09: BLAKE2F.run(input)
        case 0x0a: PointEvaluation.run(input)
        default: BLSPrecompile.run(number, input)
        }
    }
}

extension [UInt8] {
    /// A part with zeros behind the end, as precompiles read their input.
    func padded(_ start: Int, _ count: Int) -> [UInt8] {
        var out =
            start < self.count ? Array(self[start..<Swift.min(self.count, start + count)]) : []
        out.append(contentsOf: repeatElement(0, count: count - out.count))
        return out
    }
}
