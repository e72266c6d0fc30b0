import Testing

@testable import PeerKit

@Suite("Kademlia keys") struct KademliaKeyTests {
    @Test("are the SHA-256 of what they stand for")
    func vectors() {
        // FIPS 180-4, "abc".
        #expect(
            KademliaKey(hashing: Array("abc".utf8)).bytes.map { String($0, radix: 16) }.prefix(4)
                == ["ba", "78", "16", "bf"])
        let key = KademliaKey(hashing: [1, 2, 3])
        #expect(key.bytes == Multihash.sha256(of: [1, 2, 3]).digest)
    }

    @Test(
        "have a metric: zero to themselves, symmetric, and the triangle holds with equality in XOR")
    func metric() {
        let keys = (0..<20).map { KademliaKey(hashing: [UInt8($0)]) }
        for a in keys {
            #expect(a.commonPrefixLength(with: a) == 256)
            for b in keys {
                #expect(a.distance(to: b) == b.distance(to: a))
                let prefix = a.commonPrefixLength(with: b)
                let bits = zip(a.bytes, b.bytes).flatMap { pair in
                    (0..<8).map { (pair.0 ^ pair.1) >> (7 - $0) & 1 }
                }
                #expect(prefix == bits.firstIndex(of: 1) ?? 256)
                for c in keys {
                    #expect(a.distance(to: b).distance(to: b.distance(to: c)) == a.distance(to: c))
                }
            }
        }
    }

    @Test("are ordered as big-endian numbers")
    func order() {
        let keys = (0..<200).map { KademliaKey(hashing: [UInt8($0)]) }
        let byBytes = keys.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        #expect(keys.sorted() == byBytes)
    }

    @Test("something can be found that hashes near them", arguments: [0, 1, 5, 10])
    func preimages(prefix: Int) throws {
        var generator = SimulationGenerator(seed: 1, label: "preimages")
        let key = KademliaKey(hashing: [7])
        let bytes = try #require(key.preimage(sharing: prefix, using: &generator))
        #expect(KademliaKey(hashing: bytes).commonPrefixLength(with: key) == prefix)
    }

    @Test("times are written as RFC 3339 has them")
    func times() {
        let cases: [(UInt64, String)] = [
            (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"), (4_102_444_800, "2100-01-01T00:00:00Z"),
        ]
        for (seconds, text) in cases {
            #expect(RFC3339.text(unixNanoseconds: seconds * 1_000_000_000) == text)
        }
    }
}
