import Testing

@testable import PeerKit

@Suite("Text bases") struct MultibaseTests {
    /// From the multibase specification's tests: basic.csv, leading_zero.csv and
    /// two_leading_zeros.csv.
    static let vectors: [(String, [UInt8])] = [
        ("f796573206d616e692021", yes), ("F796573206D616E692021", yes),
        ("bpfsxgidnmfxgsibb", yes), ("BPFSXGIDNMFXGSIBB", yes), ("z7paNL19xttacUY", yes),
        ("meWVzIG1hbmkgIQ", yes), ("ueWVzIG1hbmkgIQ", yes),
        ("f00796573206d616e692021", [0] + yes), ("bab4wk4zanvqw42jaee", [0] + yes),
        ("z17paNL19xttacUY", [0] + yes), ("mAHllcyBtYW5pICE", [0] + yes),
        ("uAHllcyBtYW5pICE", [0] + yes),
        ("f0000796573206d616e692021", [0, 0] + yes), ("baaahszltebwwc3tjeaqq", [0, 0] + yes),
        ("z117paNL19xttacUY", [0, 0] + yes), ("mAAB5ZXMgbWFuaSAh", [0, 0] + yes),
        ("uAAB5ZXMgbWFuaSAh", [0, 0] + yes),
        ("f", []), ("b", []), ("z", []), ("m", []),
    ]
    static let yes = Array("yes mani !".utf8)

    @Test("encodes and decodes the specification's examples", arguments: vectors)
    func matchesVectors(text: String, bytes: [UInt8]) throws {
        let decoded = try Multibase.decode(text)
        #expect(decoded.bytes == bytes)
        #expect(decoded.base.encode(bytes) == text)
    }

    @Test(
        "base16 and base32 ignore case (case_insensitivity.csv)",
        arguments: [
            "f68656c6c6f20776F726C64", "F68656c6c6f20776F726C64", "bnbswy3dpeB3W64TMMQ",
            "Bnbswy3dpeB3W64TMMQ",
        ])
    func caseInsensitive(text: String) throws {
        #expect(try Multibase.decode(text).bytes == Array("hello world".utf8))
    }

    @Test(
        "base58 of the draft's test vectors",
        arguments: [
            ("2NEpo7TZRRrLZSi2U", Array("Hello World!".utf8)),
            (
                "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
                Array("The quick brown fox jumps over the lazy dog.".utf8)
            ),
            ("11233QC4", [0x00, 0x00, 0x28, 0x7f, 0xb4, 0xcd]), ("1", [0]), ("", []),
        ] as [(String, [UInt8])])
    func base58(text: String, bytes: [UInt8]) throws {
        #expect(Base58.encode(bytes) == text)
        #expect(try Base58.decode(text) == bytes)
    }

    @Test(
        "base32 of RFC 4648 §10, without padding",
        arguments: [
            ("", ""), ("my", "f"), ("mzxq", "fo"), ("mzxw6", "foo"), ("mzxw6yq", "foob"),
            ("mzxw6ytb", "fooba"), ("mzxw6ytboi", "foobar"),
        ])
    func base32(text: String, decoded: String) throws {
        #expect(Base32.encode(Array(decoded.utf8)) == text)
        #expect(try Base32.decode(text) == Array(decoded.utf8))
    }

    @Test func refusesWhatNoEncoderWrites() {
        #expect(throws: BaseEncodingError.nonZeroTrailingBits) { try Base32.decode("mz") }
        #expect(throws: BaseEncodingError.invalidLength(1)) { try Base32.decode("m") }
        #expect(throws: BaseEncodingError.invalidLength(3)) { try Base16.decode("abc") }
        #expect(throws: BaseEncodingError.invalidCharacter("=", offset: 2)) {
            try Base32.decode("my=")
        }
        #expect(throws: BaseEncodingError.invalidCharacter("é", offset: 2)) {
            try Base16.decode("00é0")
        }
        #expect(throws: BaseEncodingError.invalidCharacter("0", offset: 1)) {
            try Base58.decode("10")
        }
        #expect(throws: BaseEncodingError.empty) { try Multibase.decode("") }
        #expect(throws: BaseEncodingError.unknownBase("9")) { try Multibase.decode("9123") }
    }

    @Test func refusesLongTextsBeforeDecoding() {
        let limit = MultiformatsLimits.maximumBase58Length
        #expect(throws: BaseEncodingError.tooLong(length: limit + 1, limit: limit)) {
            try Base58.decode(String(repeating: "z", count: limit + 1))
        }
        let long = MultiformatsLimits.maximumBaseTextLength
        #expect(throws: BaseEncodingError.tooLong(length: long + 1, limit: long)) {
            try Base16.decode(String(repeating: "0", count: long + 1))
        }
    }

    @Test("any bytes come back from every base", arguments: Multibase.allCases)
    func roundTrip(base: Multibase) throws {
        var random = RandomBytes(seed: 2)
        for _ in 0..<500 {
            let bytes = random.bytes(upTo: 80)
            let decoded = try Multibase.decode(base.encode(bytes))
            #expect(decoded.bytes == bytes)
            #expect(decoded.base == base)
        }
    }

    @Test func randomTextsAreDecodedOrRefused() {
        var random = RandomBytes(seed: 3)
        for _ in 0..<5_000 {
            let text = String(decoding: random.bytes(upTo: 60), as: UTF8.self)
            _ = try? Multibase.decode(text)
            for base in Multibase.allCases { _ = try? Multibase.decode("\(base.rawValue)\(text)") }
        }
    }
}
