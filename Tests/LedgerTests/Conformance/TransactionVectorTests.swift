import Foundation
import Testing

@testable import Ledger

@Suite("Official transaction tests") struct TransactionVectorTests {
    @Test(
        "senders, hashes and gas are the published ones, and the rest is refused",
        EthereumVectors.needs("transaction"))
    func vectors() throws {
        var count = 0
        for line in try EthereumVectors.lines("transaction") {
            let (name, file, test) = try EthereumVectors.entry(line)
            let label: Comment = "\(file) \(name)"
            let results = try #require(test["result"] as? [String: [String: Any]])
            let expected = try #require(results["Cancun"] ?? results["London"], label)
            let bytes = Hexadecimal.bytes(test["txbytes"] as? String ?? "") ?? []
            let signed = try? SignedTransaction(decoding: bytes)
            let rules = Fork.cancun.rules
            // A chain id is what replay protection has; without one any chain takes it.
            let gas = try? signed?.checkFields(rules: rules, chainID: 1)
            count += 1
            if let exception = expected["exception"] as? String {
                let isPayable = signed.flatMap { TransactionCheck.cost($0.transaction) } != nil
                #expect(gas == nil || !isPayable, "\(label): \(exception)")
            } else {
                #expect(signed?.hash.description == expected["hash"] as? String, label)
                let sender = try #require(expected["sender"] as? String)
                #expect(signed?.sender == Address(sender.lowercased()), label)
                let text = try #require(expected["intrinsicGas"] as? String)
                #expect(gas.map { UInt256(UInt64($0.gas)) } == UInt256(hexadecimal: text), label)
            }
        }
        #expect(count > 50)
    }
}
