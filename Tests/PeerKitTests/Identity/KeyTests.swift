import Testing

@testable import PeerKit

/// The Ed25519 pair of the peer-ids specification's tests.
enum SpecificationKey {
    static let privateHex =
        "080112407e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d"
        + "1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e"
    static let publicHex =
        "080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e"

    static func make() throws -> Ed25519PrivateKey {
        try Ed25519PrivateKey(protobuf: Base16.decode(privateHex))
    }
}

@Suite("Keys") struct KeyTests {
    @Test func readsAndWritesTheSpecificationsKeys() throws {
        let key = try SpecificationKey.make()
        #expect(Base16.encode(key.protobuf) == SpecificationKey.privateHex)
        #expect(Base16.encode(key.publicKey.protobuf) == SpecificationKey.publicHex)
        let publicKey = try PublicKey(protobuf: Base16.decode(SpecificationKey.publicHex))
        #expect(publicKey == key.publicKey)
        #expect(publicKey.type == .ed25519)
        #expect(publicKey.isSupported)
    }

    @Test("the fields of a key may stand in either order")
    func readsFieldsInEitherOrder() throws {
        let usual = try Base16.decode(SpecificationKey.publicHex)
        let unusual = Array(usual[2...]) + usual[..<2]
        #expect(try PublicKey(protobuf: unusual) == PublicKey(protobuf: usual))
        #expect(throws: KeyError.self) { try PublicKey(protobuf: Array(usual.dropLast())) }
        #expect(throws: KeyError.self) { try PublicKey(protobuf: usual + [0]) }
    }

    /// seed, public key, message, signature: RFC 8032 §7.1, tests 1 to 3.
    static let rfc8032: [[String]] = [
        [
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39"
                + "701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ],
        [
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f36"
                + "13d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ],
        [
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f7"
                + "60984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ],
    ]

    @Test("signs and verifies as RFC 8032 does", arguments: rfc8032)
    func matchesRFC8032(vector: [String]) async throws {
        let parts = try vector.map { try Base16.decode($0) }
        let key = try Ed25519PrivateKey(seed: parts[0])
        #expect(key.publicKey.data == parts[1])
        #expect(key.signature(for: parts[2]) == parts[3])
        let signer: any Signer = key
        #expect(try await signer.sign(parts[2]) == parts[3])
        #expect(key.publicKey.isValidSignature(parts[3], for: parts[2]))
        #expect(!key.publicKey.isValidSignature(parts[3], for: parts[2] + [0]))
        for index in parts[3].indices {
            var altered = parts[3]
            altered[index] ^= 1
            #expect(!key.publicKey.isValidSignature(altered, for: parts[2]))
        }
        #expect(!key.publicKey.isValidSignature([], for: parts[2]))
        #expect(!key.publicKey.isValidSignature(parts[3] + [0], for: parts[2]))
    }

    @Test("the neutral element as key and R makes no signature valid")
    func smallOrderKey() throws {
        let neutral = [1] + [UInt8](repeating: 0, count: 31)
        let signature = neutral + [UInt8](repeating: 0, count: 32)
        #expect(try !PublicKey(ed25519: neutral).isValidSignature(signature, for: [1, 2, 3]))
    }

    @Test func readsOldFilesThatRepeatThePublicKey() throws {
        let key = try SpecificationKey.make()
        let data = Array(key.protobuf.dropFirst(4)) + key.publicKey.data
        #expect(
            try Ed25519PrivateKey(protobuf: [8, 1, 0x12, 96] + data).publicKey == key.publicKey)
        var altered = data
        altered[95] ^= 1
        #expect(throws: KeyError.mismatchedHalves) {
            try Ed25519PrivateKey(protobuf: [8, 1, 0x12, 96] + altered)
        }
        altered = data
        altered[40] ^= 1
        #expect(throws: KeyError.mismatchedHalves) {
            try Ed25519PrivateKey(protobuf: [8, 1, 0x12, 96] + altered)
        }
        #expect(throws: KeyError.wrongLength(.ed25519, expected: 64, actual: 32)) {
            try Ed25519PrivateKey(protobuf: [8, 1, 0x12, 32] + data.prefix(32))
        }
    }

    @Test("carries keys of other types unverified")
    func otherTypes() throws {
        let hex = "08021221037777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca99"
        let key = try PublicKey(protobuf: Base16.decode(hex))
        #expect(key.type == .secp256k1)
        #expect(!key.isSupported)
        #expect(!key.isValidSignature([UInt8](repeating: 0, count: 64), for: []))
        #expect(Base16.encode(key.protobuf) == hex)
    }

    @Test("writes the type of RSA keys although it is zero")
    func rsaType() throws {
        let key = try PublicKey(protobuf: [0x08, 0x00, 0x12, 0x03, 1, 2, 3])
        #expect(key.type == .rsa)
        #expect(key.protobuf == [0x08, 0x00, 0x12, 0x03, 1, 2, 3])
    }

    @Test func refusesWhatIsNoKey() {
        let zeros = [UInt8](repeating: 0, count: 32)
        #expect(throws: KeyError.malformed) { try PublicKey(protobuf: []) }
        // No type, no data, an unknown type.
        #expect(throws: KeyError.malformed) { try PublicKey(protobuf: [0x12, 0x20] + zeros) }
        #expect(throws: KeyError.malformed) { try PublicKey(protobuf: [0x08, 0x01]) }
        #expect(throws: KeyError.malformed) {
            try PublicKey(protobuf: [0x08, 0x09, 0x12, 0x20] + zeros)
        }
        #expect(throws: KeyError.wrongLength(.ed25519, expected: 32, actual: 31)) {
            try PublicKey(protobuf: [0x08, 0x01, 0x12, 0x1f] + zeros.dropLast())
        }
        let limit = IdentityLimits.maximumPublicKeyByteCount
        #expect(throws: KeyError.tooLong(byteCount: limit + 1, limit: limit)) {
            try PublicKey(protobuf: [UInt8](repeating: 0, count: limit + 1))
        }
        #expect(throws: KeyError.unsupportedType(.rsa)) {
            try Ed25519PrivateKey(protobuf: [0x08, 0x00, 0x12, 0x01, 1])
        }
    }

    @Test func generatesTheSameKeyFromTheSameRandomness() {
        var first = RandomBytes(seed: 9)
        var second = RandomBytes(seed: 9)
        let key = Ed25519PrivateKey.generate(using: &first)
        #expect(key.publicKey == Ed25519PrivateKey.generate(using: &second).publicKey)
        #expect(key.publicKey != Ed25519PrivateKey.generate(using: &first).publicKey)
        #expect(PeerIdentity.generate().peerID != PeerIdentity.generate().peerID)
    }

    @Test func neverPrintsTheSecret() throws {
        let key = try SpecificationKey.make()
        let identity = PeerIdentity(signer: key)
        var dumped = ""
        dump(key, to: &dumped)
        dump(identity, to: &dumped)
        let texts = [
            "\(key)", String(reflecting: key), "\(identity)", String(reflecting: identity), dumped,
        ]
        for text in texts {
            #expect(!text.contains("7e0830"))
            #expect(!text.contains("126, 8, 48"))
            #expect(!text.filter { !$0.isWhitespace }.contains("-126-8-48"))
        }
    }

    @Test func damagedKeysAreDecodedFaithfullyOrRefused() throws {
        var random = RandomBytes(seed: 10)
        let publicKey = try Base16.decode(SpecificationKey.publicHex)
        let privateKey = try Base16.decode(SpecificationKey.privateHex)
        for round in 0..<5_000 {
            let bytes = round.isMultiple(of: 2) ? random.bytes(upTo: 80) : random.damaged(publicKey)
            if let key = try? PublicKey(protobuf: bytes) {
                #expect(try PublicKey(protobuf: key.protobuf) == key)
            }
            _ = try? Ed25519PrivateKey(protobuf: random.damaged(privateKey))
        }
    }
}
