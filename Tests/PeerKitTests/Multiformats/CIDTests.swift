import Testing

@testable import PeerKit

@Suite("Multihashes and CIDs") struct CIDTests {
    @Test func sha256OfTheEmptyInputIsTheKnownOne() throws {
        let multihash = Multihash.sha256(of: [])
        let expected = "1220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        #expect(Base16.encode(multihash.bytes) == expected)
        #expect(multihash.base58 == "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n")
        #expect(try Multihash(base58: multihash.base58) == multihash)
    }

    @Test func multihashRefusesWrongLengths() {
        #expect(throws: MultihashError.wrongDigestLength(expected: 32, actual: 31)) {
            try Multihash(bytes: [0x12, 0x20] + [UInt8](repeating: 0, count: 31))
        }
        #expect(throws: MultihashError.wrongDigestLength(expected: 32, actual: 5)) {
            try Multihash(bytes: [0x12, 0x05, 1, 2, 3, 4, 5])
        }
        #expect(throws: MultihashError.wrongDigestLength(expected: 1, actual: 2)) {
            try Multihash(bytes: [0x00, 0x01, 1, 2])
        }
        #expect(throws: MultihashError.digestTooLong(byteCount: 1 << 62, limit: 128)) {
            try Multihash(bytes: [0x00] + VarInt.encode(1 << 62))
        }
        #expect(throws: MultihashError.malformedVarInt(.truncated)) { try Multihash(bytes: []) }
    }

    @Test("the specification's example, a raw CID in base58")
    func specificationExample() throws {
        let cid = try CID("zb2rhe5P4gXftAwvA4eXQ5HJwsER2owDyS9sKaQRRVQPn93bA")
        #expect(cid.version == .v1)
        #expect(cid.codec == .raw)
        #expect(cid.multihash.code == .sha256)
        #expect(
            Base16.encode(cid.multihash.digest)
                == "6e6ff7950a36187a801613426e858dce686cd7d7e3c0fc42ee0330072d245c95")
        #expect(cid.text(in: .base58btc) == "zb2rhe5P4gXftAwvA4eXQ5HJwsER2owDyS9sKaQRRVQPn93bA")
    }

    @Test("version 0 and its counterpart in version 1 hold the same hash")
    func versions() throws {
        let version0 = try CID("QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n")
        #expect(version0.version == .v0)
        #expect(version0.codec == .dagPB)
        #expect(version0.description == "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n")
        let version1 = CID(codec: .dagPB, multihash: version0.multihash)
        let text = "bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
        #expect(version1.description == text)
        #expect(try CID(text) == version1)
        #expect(version0 != version1)
        #expect(try CID(bytes: version0.bytes) == version0)
        #expect(try CID(bytes: version1.bytes) == version1)
    }

    @Test func refusesWhatTheSpecificationForbids() {
        let version0 = Multihash.sha256(of: []).bytes
        #expect(throws: CIDError.notVersion0) { try CID(Multibase.base32.encode(version0)) }
        #expect(throws: CIDError.unknownVersion(2)) { try CID(bytes: [2, 0x55, 0, 1, 9]) }
        #expect(throws: CIDError.malformedVarInt(.truncated)) { try CID(bytes: []) }
        #expect(throws: CIDError.malformedText(.empty)) { try CID("") }
        #expect(throws: CIDError.self) { try CID(version0: Multihash(code: .identity, digest: [])) }
    }

    @Test func damagedBytesAreDecodedFaithfullyOrRefused() {
        var random = RandomBytes(seed: 4)
        let valid = CID(codec: .raw, multihash: .sha256(of: [1])).bytes
        for round in 0..<10_000 {
            let bytes = round.isMultiple(of: 2) ? random.bytes(upTo: 50) : random.damaged(valid)
            if let cid = try? CID(bytes: bytes) { #expect(cid.bytes == bytes) }
            if let multihash = try? Multihash(bytes: bytes) { #expect(multihash.bytes == bytes) }
            _ = try? CID(String(decoding: bytes, as: UTF8.self))
        }
    }
}
