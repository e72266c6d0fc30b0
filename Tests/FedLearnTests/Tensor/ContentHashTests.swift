import Testing

@testable import FedLearn

@Suite("Content hashes") struct ContentHashTests {
    @Test("SHA-256 of FIPS 180-4's examples")
    func publishedDigests() {
        #expect(
            ContentHash(hashing: Array("abc".utf8)).description
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            ContentHash(hashing: []).description
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func textAndBytesRoundTrip() {
        let hash = ContentHash(hashing: [1, 2, 3])
        #expect(ContentHash(bytes: hash.bytes) == hash)
        #expect(ContentHash(hex: hash.description) == hash)
        #expect(ContentHash(hex: hash.description.uppercased()) == hash)
        #expect(hash.shortDescription.count == 8)
    }

    @Test(
        "other lengths and characters are refused",
        arguments: ["", "00", String(repeating: "g", count: 64)])
    func refusesMalformedText(text: String) {
        #expect(ContentHash(hex: text) == nil)
        #expect(ContentHash(bytes: [UInt8](repeating: 0, count: 31)) == nil)
    }

    @Test("a model's hash is that of its little-endian values")
    func modelHash() {
        // 1.0 and -2.0 as little-endian binary32.
        let bytes: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]
        #expect(ModelParameters.hash(of: [1, -2]) == ContentHash(hashing: bytes))
    }
}
