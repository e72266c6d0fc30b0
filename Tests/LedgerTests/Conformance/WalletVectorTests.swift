import Crypto
import Foundation
import PeerKit
import Testing

@testable import Ledger

extension JSONValue {
    /// A member that must be there and be a string.
    func text(_ name: String) throws -> String { try #require(self[name]?.text, "\(name)") }
    /// A member that must be there and be bytes in hexadecimal.
    func bytes(_ name: String) throws -> [UInt8] {
        try #require(Hexadecimal.bytes(try text(name)), "\(name)")
    }
    /// A member that must be there and be a number or the text of one.
    func number(_ name: String) throws -> UInt256 {
        switch self[name] {
        case .number(let digits): return try #require(UInt256(decimal: digits))
        case .string(let digits): return try #require(UInt256(hexadecimal: digits))
        default: throw ABIError.json("there is no number \(name)")
        }
    }
}

extension EthereumVectors {
    /// The lines of a pack as JSON with all digits of its numbers.
    static func documents(_ pack: String) throws -> [JSONValue] {
        try lines(pack).map { try JSONValue(parsing: $0, limit: 4 << 20) }
    }
}

@Suite("Official wallet vectors") struct WalletVectorTests {
    @Test(
        "BIP-39: words, seeds and master keys in five languages", EthereumVectors.needs("bip39"))
    func mnemonics() throws {
        var languages: [String: Int] = [:]
        for vector in try EthereumVectors.documents("bip39") {
            let language = try vector.text("lang")
            let words = try vector.text("mnemonic")
            let passphrase = try vector.text("passphrase")
            let label: Comment = "\(language): \(words)"
            let seed = Mnemonic.seed(ofUncheckedPhrase: words, passphrase: passphrase)
            #expect(try Hexadecimal.digits(of: seed) == vector.text("seed"), label)
            #expect(try ExtendedPrivateKey(seed: seed).text == vector.text("xprv"), label)
            if language == "english" {
                let mnemonic = try Mnemonic(entropy: try vector.bytes("entropy"))
                #expect(mnemonic.phrase == words)
                #expect(try Mnemonic(phrase: words).phrase == words)
                #expect(mnemonic.seed(passphrase: passphrase) == seed)
            }
            languages[language, default: 0] += 1
        }
        #expect(
            languages == ["english": 10, "french": 10, "japanese": 10, "korean": 10, "spanish": 10])
    }

    @Test("BIP-32: trees, and extended keys that are none", EthereumVectors.needs("bip32"))
    func extendedKeys() throws {
        var (derived, refused) = (0, 0)
        for vector in try EthereumVectors.documents("bip32") {
            if try vector.text("kind") == "invalid" {
                let text = try vector.text("key")
                let why: Comment = "\(try vector.text("why"))"
                #expect(throws: ExtendedKeyError.self, why) { try ExtendedPrivateKey(text) }
                #expect(throws: ExtendedKeyError.self, why) { try ExtendedPublicKey(text) }
                refused += 1
                continue
            }
            let master = try ExtendedPrivateKey(seed: try vector.bytes("seed"))
            let path = try BIP32Path(try vector.text("path"))
            let key = try master.derived(at: path)
            #expect(try key.text == vector.text("xprv"), "\(path)")
            #expect(try key.publicKey.text == vector.text("xpub"), "\(path)")
            #expect(try ExtendedPrivateKey(key.text).text == key.text)
            #expect(try ExtendedPublicKey(key.publicKey.text) == key.publicKey)
            if let last = path.steps.last, last & BIP32Path.hardened == 0 {
                let parent = try master.derived(at: BIP32Path(steps: path.steps.dropLast()))
                #expect(try parent.publicKey.child(last) == key.publicKey)
            }
            derived += 1
        }
        #expect(derived + refused == 21 && refused > 5 && derived > 5)
    }

    @Test("Wycheproof: ECDSA signatures in DER", EthereumVectors.needs("ecdsa_secp256k1"))
    func wycheproof() throws {
        var count = 0
        for vector in try EthereumVectors.documents("ecdsa_secp256k1") {
            let key = try Secp256k1PublicKey(bytes: try vector.bytes("publicKey"))
            let hash = Array(SHA256.hash(data: try vector.bytes("msg")))
            let isValid = key.isValidSignature(der: try vector.bytes("sig"), forHash: hash)
            let comment = try vector.text("comment")
            #expect(try isValid == (vector.text("result") == "valid"), "\(comment)")
            count += 1
        }
        #expect(count == 291)
    }

    @Test("key files of the official tests open", EthereumVectors.needs("keystore"))
    func keystores() throws {
        let vectors = try EthereumVectors.documents("keystore")
        for vector in vectors {
            let test = try #require(vector["test"])
            let json = try #require(test["json"]).text
            let document = try KeystoreDocument(json: Array(json.utf8))
            let key = try document.key(passphrase: try test.text("password"))
            #expect(try key.withBytes { Hexadecimal.digits(of: $0) } == test.text("priv"))
            #expect(throws: KeystoreError.wrongPassphrase) { try document.key(passphrase: "other") }
        }
        #expect(vectors.count == 2)
    }

    @Test("the ABI's official test", EthereumVectors.needs("abi"))
    func contractABI() throws {
        let vectors = try EthereumVectors.documents("abi")
        for vector in vectors {
            let test = try #require(vector["test"])
            let types = try #require(test["types"]?.elements).map { json in
                try ABIType(try #require(json.text))
            }
            let values = try zip(try #require(test["args"]?.elements), types).map {
                try ABIValue($0, as: $1)
            }
            let encoding = try ABIEncoder.encode(values, as: types)
            #expect(try encoding == test.bytes("result"))
            #expect(try ABIDecoder.decode(encoding, as: types) == values)
        }
        #expect(vectors.count == 1)
    }
}
