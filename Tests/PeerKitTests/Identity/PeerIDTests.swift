import FoundationEssentials
import Testing

@testable import PeerKit

@Suite("Peer IDs") struct PeerIDTests {
    /// Public keys of the peer-ids specification's tests, peer IDs computed with py-libp2p.
    static let vectors: [(String, String)] = [
        (SpecificationKey.publicHex, "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq"),
        (
            "08021221037777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca99",
            "16Uiu2HAmLhLvBoYaoZfaMUKuibM6ac163GwKY74c5kiSLg5KvLpY"
        ),
        (
            "0803125b3059301306072a8648ce3d020106082a8648ce3d03010703420004de3d300fa36ae0e8f5d53089"
                + "9d83abab44abf3161f162a4bc901d8e6ecda020e8b6d5f8da30525e71d6851510c098e5c47c646a5"
                + "97fb4dcec034e9f77c409e62",
            "QmVMT29id3TUASyfZZ6k9hmNyc2nYabCo4uMSpDw4zrgDk"
        ),
    ]

    @Test("follow from the key as in other implementations", arguments: vectors)
    func matchesVectors(keyHex: String, text: String) throws {
        let key = try PublicKey(protobuf: Base16.decode(keyHex))
        #expect(key.peerID.description == text)
        let parsed = try PeerID(text)
        #expect(parsed == key.peerID)
        #expect(parsed.bytes == key.peerID.bytes)
        #expect(try PeerID(bytes: parsed.bytes) == parsed)
        // Short keys are contained, long ones hashed.
        #expect(parsed.publicKey == (text.hasPrefix("Qm") ? nil : key))
        #expect(try PeerID(parsed.cidText) == parsed)
        #expect(parsed.cidText.hasPrefix("baf"))
        #expect(try PeerID(CID(parsed.cidText).text(in: .base58btc)) == parsed)
    }

    @Test("reads the specification's text forms")
    func specificationTexts() throws {
        let hashed = try PeerID("QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N")
        #expect(hashed.publicKey == nil)
        let inline = try PeerID("12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA")
        #expect(inline.publicKey?.type == .ed25519)
        #expect(inline.shortDescription == "eQAJU5SA")
        let cid = try PeerID("bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe")
        #expect(cid == hashed)
        #expect(hashed.cidText == "bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe")
    }

    @Test(
        "refuses what is no peer ID",
        arguments: [
            "", "1", "Qm", "12D3KooW", "hello",
            "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5l",
            // A CID of a raw block, and one of an unknown base.
            "zb2rhe5P4gXftAwvA4eXQ5HJwsER2owDyS9sKaQRRVQPn93bA", "x0123",
        ])
    func malformed(text: String) {
        #expect(throws: PeerIDError.self) { try PeerID(text) }
    }

    @Test func refusesUnsuitableHashes() {
        let sha512 = [0x13, 0x40] + [UInt8](repeating: 0, count: 64)
        #expect(throws: PeerIDError.unsuitableMultihash(code: 0x13, digestByteCount: 64)) {
            try PeerID(bytes: sha512)
        }
        let longKey = [0x00, 43] + [UInt8](repeating: 0, count: 43)
        #expect(throws: PeerIDError.unsuitableMultihash(code: 0, digestByteCount: 43)) {
            try PeerID(bytes: longKey)
        }
        #expect(throws: PeerIDError.unsuitableMultihash(code: 0, digestByteCount: 0)) {
            try PeerID(bytes: [0x00, 0x00])
        }
        let text = "zb2rhe5P4gXftAwvA4eXQ5HJwsER2owDyS9sKaQRRVQPn93bA"
        #expect(throws: PeerIDError.notAKey(codec: 0x55)) { try PeerID(text) }
    }

    @Test func ordersByBytesAndCodesAsText() throws {
        let ids = try Self.vectors.map { try PeerID($0.1) }
        #expect(
            ids.sorted().map(\.bytes)
                == ids.map(\.bytes).sorted { $0.lexicographicallyPrecedes($1) })
        let json = try JSONEncoder().encode([ids[0]])
        #expect(String(decoding: json, as: UTF8.self) == "[\"\(ids[0])\"]")
        #expect(try JSONDecoder().decode([PeerID].self, from: json) == [ids[0]])
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([PeerID].self, from: Data(#"["12D3"]"#.utf8))
        }
    }

    @Test func damagedBytesAndTextsAreDecodedFaithfullyOrRefused() throws {
        var random = RandomBytes(seed: 11)
        let valid = try SpecificationKey.make().publicKey.peerID
        for round in 0..<5_000 {
            let bytes =
                round.isMultiple(of: 2) ? random.bytes(upTo: 48) : random.damaged(valid.bytes)
            if let id = try? PeerID(bytes: bytes) {
                #expect(id.bytes == bytes)
                #expect((try? PeerID(id.cidText)) == id)
                _ = id.publicKey
            }
            let text = random.damaged(Array(valid.description.utf8))
            _ = try? PeerID(String(decoding: text, as: UTF8.self))
        }
    }
}
