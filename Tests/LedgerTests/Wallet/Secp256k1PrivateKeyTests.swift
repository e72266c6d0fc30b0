import Testing

@testable import Ledger

@Suite("secp256k1 private keys") struct Secp256k1PrivateKeyTests {
    /// Signatures with RFC 6979 nonces that Bitcoin and Trezor software have in their tests; hashes
    /// are SHA-256 of the message.
    struct Vector: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let key: String
        let hash: String
        let signature: String
    }

    static let vectors = [
        Vector(
            testDescription: "key 1, 'Satoshi Nakamoto'",
            key: "0000000000000000000000000000000000000000000000000000000000000001",
            hash: "a0dc65ffca799873cbea0ac274015b9526505daaaed385155425f7337704883e",
            signature: "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
                + "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"),
        Vector(
            testDescription: "key 1, 'All those moments will be lost in time…'",
            key: "0000000000000000000000000000000000000000000000000000000000000001",
            hash: "7d1833f54854ac51659521afcd0ec6dca2ce2351429614bfa28a756b1b3c637f",
            signature: "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b"
                + "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21"),
        Vector(
            testDescription: "the largest key, 'Satoshi Nakamoto'",
            key: "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
            hash: "a0dc65ffca799873cbea0ac274015b9526505daaaed385155425f7337704883e",
            signature: "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0"
                + "6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5"),
        Vector(
            testDescription: "'Alan Turing'",
            key: "f8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181",
            hash: "4ba38d48a60f1b29e9eb726eaff08b2e83d8d81e031666fee50e85900d7dc1ef",
            signature: "7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c"
                + "58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea"),
    ]

    @Test("signs as the published RFC 6979 vectors say", arguments: vectors)
    func publishedSignatures(_ vector: Vector) throws {
        let key = try Secp256k1PrivateKey(bytes: hex(vector.key))
        let hash = hex(vector.hash)
        let signature = try key.recoverableSignature(forHash: hash)
        #expect(signature.compact == hex(vector.signature))
        #expect(signature.r + signature.s == signature.compact)
        #expect(signature.hasLowS)
        #expect(key.publicKey.isValidSignature(signature.compact, forHash: hash))
        #expect(try Secp256k1PublicKey.recover(from: signature, forHash: hash) == key.publicKey)
    }

    @Test("signs the example of EIP-155, with its recovery identifier")
    func exampleOfEIP155() throws {
        let key = try Secp256k1PrivateKey(bytes: Array(repeating: 0x46, count: 32))
        let signature = try key.recoverableSignature(
            forHash: hex("daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"))
        #expect(
            signature.compact
                == hex(
                    "28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
                        + "67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"))
        // The example's v is 37, which is 35 + 2 · chain 1 + 0.
        #expect(signature.recoveryID == 0)
    }

    @Test("the public key of 1 is the generator (SEC 2, §2.4.1)")
    func generator() throws {
        var one = [UInt8](repeating: 0, count: 32)
        one[31] = 1
        let generator = try Secp256k1PrivateKey(bytes: one).publicKey
        let x = hex("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
        let y = hex("483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8")
        #expect(generator.compressed == [2] + x)
        #expect(generator.uncompressed == [4] + x + y)
    }

    @Test("refuses zero, the group's order and beyond")
    func range() {
        let order = hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
        for bytes in [[UInt8](repeating: 0, count: 32), order, Array(repeating: 0xFF, count: 32)] {
            #expect(throws: Secp256k1Error.privateKeyOutOfRange) {
                try Secp256k1PrivateKey(bytes: bytes)
            }
        }
    }

    @Test("refuses other lengths than 32 bytes", arguments: [0, 31, 33, 64])
    func length(_ count: Int) throws {
        let bytes = [UInt8](repeating: 1, count: count)
        #expect(throws: Secp256k1Error.privateKeyLength(count)) {
            try Secp256k1PrivateKey(bytes: bytes)
        }
        let key = try Secp256k1PrivateKey(bytes: Array(repeating: 1, count: 32))
        #expect(throws: Secp256k1Error.hashLength(count)) {
            try key.recoverableSignature(forHash: bytes)
        }
    }

    @Test("never shows itself")
    func hidden() throws {
        let key = try Secp256k1PrivateKey(bytes: Array(repeating: 0xAB, count: 32))
        var dumped = ""
        dump((key, [key]), to: &dumped)
        for text in ["\(key)", String(reflecting: key), "\([key])", dumped] {
            #expect(!text.lowercased().contains("abab"))
            #expect(!text.contains("171"))
            #expect(!text.contains("SecretBytes"))
            #expect(text.contains("hidden"))
        }
    }

    @Test("many threads share the one context")
    func concurrency() async throws {
        let hash = hex(Self.vectors[0].hash)
        let expected = hex(Self.vectors[0].signature)
        let key = try Secp256k1PrivateKey(bytes: hex(Self.vectors[0].key))
        let agree = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<50).allSatisfy { _ in
                        let signature = try? key.recoverableSignature(forHash: hash)
                        return signature?.compact == expected
                            && key.publicKey.isValidSignature(expected, forHash: hash)
                    }
                }
            }
            return await group.reduce(true) { $0 && $1 }
        }
        #expect(agree)
    }
}
