import Foundation
import Testing

@testable import Ledger

@Suite("Official blockchain tests") struct BlockTestTests {
    @Test(
        "blocks end in the published hashes, invalid ones are refused",
        EthereumVectors.needs("blockchain_cancun"))
    func blocks() throws {
        var count = 0
        var failures: [String] = []
        for line in try EthereumVectors.sample("blockchain_cancun", every: 1, below: .max) {
            for test in try BlockTest.decode(line) {
                count += 1
                if let failure = test.run().failure {
                    failures.append("\(test.file ?? "") \(test.name ?? ""): \(failure)")
                }
            }
        }
        #expect(count > 100)
        #expect(failures.isEmpty, "\(failures.count) of \(count): \(failures.prefix(5))")
    }

    @Test("a block with another last hash is reported", EthereumVectors.needs("blockchain_cancun"))
    func wrongHashFails() throws {
        let line = try #require(try EthereumVectors.lines("blockchain_cancun").first)
        var test = try #require(try BlockTest.decode(line).first)
        test.lastblockhash = Hash32.zero.description
        #expect(test.run().failure?.hasPrefix("head ") == true)
    }
}

@Suite("Official genesis tests") struct GenesisVectorTests {
    @Test("headers are the published ones", EthereumVectors.needs("genesis"))
    func genesis() throws {
        var count = 0
        for line in try EthereumVectors.lines("genesis") {
            let (name, _, test) = try EthereumVectors.entry(line)
            let json = try JSONSerialization.data(withJSONObject: test)
            let genesis = try Genesis(json: json)
            let expected = try #require(test["result"] as? String)
            let block = genesis.block()
            // A block of that time has ommers and no withdrawals.
            let old = Block(header: block.header, transactions: [], withdrawals: nil)
            #expect(Hexadecimal.digits(of: old.encoded) == expected, "\(name)")
            count += 1
        }
        #expect(count >= 2)
    }
}
