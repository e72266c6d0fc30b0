import Foundation
import Testing

@testable import Ledger

@Suite("EIP-2537 vectors") struct BLSVectorTests {
    @Test("outputs, gas and refusals are the published ones", EthereumVectors.needs("eip2537"))
    func vectors() throws {
        let lines = try EthereumVectors.lines("eip2537")
        try #require(!lines.isEmpty)
        let step = EthereumVectors.isComplete ? 1 : 7
        var count = 0
        for line in stride(from: 0, to: lines.count, by: step).map({ lines[$0] }) {
            let (name, file, test) = try EthereumVectors.entry(line)
            let number = try #require(Self.number(of: file), "\(file)")
            let input = try #require(Hexadecimal.bytes(test["Input"] as? String ?? ""))
            let outcome = Precompile.run(number, input, gas: .max)
            if let expected = test["Expected"] as? String {
                #expect(Hexadecimal.digits(of: outcome.output) == expected, "\(file) \(name)")
                let gas = try #require(test["Gas"] as? Int)
                #expect(Int64.max - outcome.gasLeft == Int64(gas), "\(file) \(name)")
            } else {
                #expect(!outcome.halt.isSuccess, "\(file) \(name)")
            }
            count += 1
        }
        #expect(count > 10)
    }

    private static func number(of file: String) -> UInt64? {
        let names: [(String, UInt64)] = [
            ("add_G1", 0x0b), ("msm_G1", 0x0c), ("mul_G1", 0x0c), ("add_G2", 0x0d),
            ("msm_G2", 0x0e), ("mul_G2", 0x0e), ("pairing", 0x0f), ("map_fp_", 0x10),
            ("map_fp2_", 0x11),
        ]
        return names.first { file.contains($0.0) }?.1
    }
}
