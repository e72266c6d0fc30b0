import Testing

@testable import Ledger

@Suite("Merkle-Patricia trie") struct MerklePatriciaTrieTests {
    @Test("roots are those of the Yellow Paper's community tests") func known() {
        var trie = MerklePatriciaTrie()
        #expect(
            trie.root().description
                == "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")
        trie.set(Array("A".utf8), [UInt8](repeating: 97, count: 50))
        #expect(
            trie.root().description
                == "0xd23786fb4a010da3ce639d66d5e904a11dbc02746d1ce25029e53290cabf28ab")
        for (key, value) in [("doe", "reindeer"), ("dog", "puppy"), ("dogglesworth", "cat")] {
            trie.set(Array(key.utf8), Array(value.utf8))
        }
        trie.remove(Array("A".utf8))
        #expect(
            trie.root().description
                == "0x8aad789dff2f538bca5d8ea56e8abe10f4c7ba3a5dea95fea4cd6e7c3a1168d3")
    }

    @Test(
        "the root depends on the content, not on the way to it", arguments: [1, 2, 3] as [UInt64])
    func history(_ seed: UInt64) {
        var generator = SplitMix(state: seed)
        var trie = MerklePatriciaTrie()
        var content: [[UInt8]: [UInt8]] = [:]
        for step in 0..<600 {
            // Short keys of few digits share much, so that all kinds of nodes form and dissolve.
            let count = 1 + Int(generator.next() % 4)
            let key = (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next() & 0x31) }
            if generator.next() % 3 == 0 {
                trie.remove(key)
                content[key] = nil
            } else {
                let value = [UInt8](repeating: UInt8(step % 251 + 1), count: 1 + step % 40)
                trie.set(key, value)
                content[key] = value
            }
            if step % 50 == 0 {
                var fresh = MerklePatriciaTrie()
                for (key, value) in content { fresh.set(key, value) }
                #expect(trie.root() == fresh.root())
            }
            #expect(trie.value(key) == content[key])
        }
        for key in content.keys { trie.remove(key) }
        #expect(trie.root() == .emptyTrie)
    }

    @Test("a proof hashes up to the root and ends in the value") func proofs() throws {
        var trie = MerklePatriciaTrie()
        for number in 0..<200 {
            trie.set(Keccak256.hash([UInt8(number)]).bytes, [UInt8(number % 255 + 1), 200, 201])
        }
        let key = Keccak256.hash([77]).bytes
        let proof = trie.proof(of: key)
        #expect(Keccak256.hash(try #require(proof.first)) == trie.root())
        for (parent, child) in zip(proof, proof.dropFirst()) {
            let name = Keccak256.hash(child).bytes
            #expect(parent.indices.contains { parent[$0...].starts(with: name) })
        }
        let last = try #require(proof.last)
        #expect(last.suffix(3) == [78, 200, 201])
    }
}
