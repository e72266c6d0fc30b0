import Foundation
import Testing

@testable import Ledger

@Suite("Official trie tests") struct TrieVectorTests {
    @Test("roots are the published ones", EthereumVectors.needs("trie")) func roots() throws {
        var count = 0
        for line in try EthereumVectors.lines("trie") {
            let (name, file, test) = try EthereumVectors.entry(line)
            guard let expected = test["root"] as? String else { continue }
            var trie = MerklePatriciaTrie()
            for (key, value) in pairs(test["in"]) {
                let name = file.contains("secure") ? Keccak256.hash(bytes(key)).bytes : bytes(key)
                trie.set(name, value.map(bytes) ?? [])
            }
            count += 1
            #expect(trie.root().description == expected, "\(file) \(name)")
        }
        #expect(count > 5)
    }

    private func pairs(_ input: Any?) -> [(String, String?)] {
        if let list = input as? [[Any]] {
            return list.map { ($0[0] as? String ?? "", $0[1] as? String) }
        }
        return (input as? [String: Any] ?? [:]).map { ($0.key, $0.value as? String) }
    }

    private func bytes(_ text: String) -> [UInt8] {
        text.hasPrefix("0x") ? Hexadecimal.bytes(text) ?? [] : Array(text.utf8)
    }
}
