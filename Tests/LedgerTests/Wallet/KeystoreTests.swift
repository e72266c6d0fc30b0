import Foundation
import PeerKit
import Testing

@testable import Ledger

@Suite("Key files (Web3 Secret Storage 3)") struct KeystoreTests {
    /// The example of the specification.
    static let example = """
        {"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},\
        "ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",\
        "kdf":"pbkdf2","kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256",\
        "salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},\
        "mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},\
        "id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}
        """

    static let cheap = KeystoreKDF.scrypt(n: 2, r: 1, p: 1)

    private func document(_ json: String) throws -> KeystoreDocument {
        try KeystoreDocument(json: Array(json.utf8))
    }

    private func sealed(
        _ key: Secp256k1PrivateKey, _ passphrase: String = "secret",
        kdf: KeystoreKDF = KeystoreTests.cheap
    ) throws -> KeystoreDocument {
        var generator = SystemRandomNumberGenerator()
        return try KeystoreDocument(
            sealing: key, passphrase: passphrase, kdf: kdf, using: &generator)
    }

    @Test("the specification's example opens")
    func specification() throws {
        let document = try document(Self.example)
        let key = try document.key(passphrase: "testpassword")
        #expect(
            key.withBytes { Hexadecimal.digits(of: $0) }
                == "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d")
        #expect(document.uuid == "3198bc9c-6672-5ab3-d995-4942343ae5b6")
        #expect(document.kdf == .pbkdf2(rounds: 262_144))
    }

    @Test("what is sealed opens, by its passphrase only", arguments: ["", "secret", "pässwörd 密码"])
    func roundTrip(_ passphrase: String) throws {
        let key = try Secp256k1PrivateKey(bytes: Array(1...32))
        for kdf in [Self.cheap, .pbkdf2(rounds: 3), .scrypt(n: 1024, r: 8, p: 2)] {
            let sealed = try sealed(key, passphrase, kdf: kdf)
            let read = try document(sealed.json.serialized)
            #expect(read == sealed)
            #expect(read.address == key.address)
            #expect(try read.key(passphrase: passphrase).address == key.address)
            #expect(throws: KeystoreError.wrongPassphrase) {
                try read.key(passphrase: passphrase + "x")
            }
        }
        #expect(try sealed(key).json != sealed(key).json, "salt and counter are fresh")
    }

    @Test("an altered file does not open, and another's address is noticed")
    func altered() throws {
        let key = try Secp256k1PrivateKey(bytes: Array(1...32))
        let text = try sealed(key).json.serialized
        let other = try Secp256k1PrivateKey(bytes: Array(2...33)).address
        let swapped = text.replacingOccurrences(
            of: Hexadecimal.digits(of: key.address.bytes),
            with: Hexadecimal.digits(of: other.bytes))
        #expect(throws: KeystoreError.wrongAddress(stated: other, actual: key.address)) {
            try document(swapped).key(passphrase: "secret")
        }
        for field in ["ciphertext", "mac", "salt"] {
            let start = try #require(text.range(of: "\"\(field)\":\""))
            var changed = text
            let digit = text[start.upperBound]
            changed.replaceSubrange(
                start.upperBound...start.upperBound, with: digit == "0" ? "1" : "0")
            #expect(throws: KeystoreError.wrongPassphrase, "\(field)") {
                try document(changed).key(passphrase: "secret")
            }
        }
    }

    @Test(
        "files that would eat memory or time are refused before a passphrase is asked for",
        arguments: [
            // 2.5 GiB; then 2.5 GiB by r; ten times the work; numbers without end.
            (#""n":2621440,"r":8,"p":1"#, false), (#""n":4194304,"r":8,"p":1"#, true),
            (#""n":2,"r":10737419,"p":1"#, true), (#""n":262144,"r":8,"p":40"#, true),
            (#""n":4611686018427387904,"r":8,"p":1"#, true), (#""n":0,"r":8,"p":1"#, false),
            (#""n":1024,"r":0,"p":1"#, false), (#""n":1024,"r":8,"p":0"#, false),
            (#""n":1024,"r":4294967295,"p":4294967295"#, true), (#""n":-2,"r":8,"p":1"#, false),
            (#""n":1e9,"r":8,"p":1"#, false),
        ])
    func hostileScrypt(_ parameters: String, isCostly: Bool) throws {
        let text = try sealed(try Secp256k1PrivateKey(bytes: Array(1...32))).json.serialized
        let hostile = text.replacingOccurrences(of: #""n":2,"p":1,"r":1"#, with: parameters)
        #expect(hostile != text)
        do {
            _ = try document(hostile)
            Issue.record("taken: \(parameters)")
        } catch let error as KeystoreError {
            if case .tooCostly = error { #expect(isCostly, "\(error)") } else { #expect(!isCostly) }
        }
    }

    @Test("so are rounds of PBKDF2 without end")
    func hostilePBKDF2() throws {
        for (rounds, isCostly) in [("40000000", true), ("9223372036854775807", true), ("0", false)]
        {
            let text = Self.example.replacingOccurrences(of: "262144", with: rounds)
            do {
                _ = try document(text)
                Issue.record("taken: \(rounds)")
            } catch let error as KeystoreError {
                if case .tooCostly = error { #expect(isCostly) } else { #expect(!isCostly) }
            }
        }
    }

    @Test("what is no key file is refused with a reason")
    func malformed() throws {
        let changes = [
            ("\"version\":3", "\"version\":2"), ("aes-128-ctr", "aes-128-cbc"),
            ("pbkdf2", "bcrypt"), ("hmac-sha256", "hmac-sha1"), ("\"dklen\":32", "\"dklen\":16"),
            ("6087dab2", ""), ("5318b4d5", "zz18b4d5"), ("517ead92", ""),
            ("\"salt\"", "\"pepper\""),
            ("\"crypto\"", "\"crypt\""),
            ("ae3cd4e7", String(repeating: "ae3cd4e7", count: 160)),
        ]
        for (old, new) in changes {
            let text = Self.example.replacingOccurrences(of: old, with: new)
            #expect(text != Self.example, "\(old)")
            #expect(throws: KeystoreError.self, "\(old) → \(new)") { try document(text) }
        }
        for text in [
            "", "[]", "null", "{}", "{\"version\":3}", String(repeating: " ", count: 655_360),
        ] {
            #expect(throws: KeystoreError.self) { try document(text) }
        }
    }

    @Test("a directory is as geth has it: names, modes, no key replaced")
    func directory() throws {
        let root = FileManager.default.temporaryDirectory.appending(
            path: "keystore-\(UInt64.random(in: 0 ... .max))")
        defer { try? FileManager.default.removeItem(at: root) }
        let keystore = Keystore(path: root.path + "/keystore")
        #expect(try keystore.entries().isEmpty)
        let key = try Secp256k1PrivateKey(bytes: Array(1...32))
        let time: UInt64 = 1_458_651_475_920_751_759
        let entry = try keystore.add(sealed(key), of: key.address, unixNanoseconds: time)
        let digits = Hexadecimal.digits(of: key.address.bytes)
        #expect(entry.path.hasSuffix("/UTC--2016-03-22T12-57-55.920751759Z--\(digits)"))
        let mode = { (path: String) in
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(entry.path) == 0o600)
        #expect(try mode(keystore.path) == 0o700)
        #expect(
            try keystore.document(of: key.address).key(passphrase: "secret").address == key.address)
        #expect(throws: KeystoreError.alreadyExists(key.address)) {
            try keystore.add(sealed(key), of: key.address, unixNanoseconds: time + 1)
        }
        #expect(throws: KeystoreError.notFound(.zero)) { try keystore.document(of: .zero) }
        try Data("{}".utf8).write(to: root.appending(path: "keystore/notes.txt"))
        #expect(try keystore.entries() == [entry])
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: entry.path)
        #expect(throws: KeystoreError.self) { try keystore.document(of: key.address) }
    }

    @Test(
        "times are those of the calendar",
        arguments: [
            (0, "1970-01-01T00-00-00.000000000Z"), (951_782_400, "2000-02-29T00-00-00.000000000Z"),
            (1_709_251_199, "2024-02-29T23-59-59.000000000Z"),
            (4_107_542_400, "2100-03-01T00-00-00.000000000Z"),
        ])
    func time(_ seconds: UInt64, _ text: String) {
        #expect(Keystore.time(seconds * 1_000_000_000) == text)
    }
}

@Suite("AES-128") struct AES128Tests {
    /// FIPS 197, appendix C.1.
    @Test("the standard's block")
    func block() {
        #expect(
            AES128.encrypt(
                hex("00112233445566778899aabbccddeeff"),
                key: hex("000102030405060708090a0b0c0d0e0f"))
                == hex("69c4e0d86a7b0430d8cdb78070b4c55a"))
        // Appendix B.
        #expect(
            AES128.encrypt(
                hex("3243f6a8885a308d313198a2e0370734"),
                key: hex("2b7e151628aed2a6abf7158809cf4f3c"))
                == hex("3925841d02dc09fbdc118597196a0b32"))
    }

    /// NIST SP 800-38A, §F.5.1.
    @Test("counter mode, and a part of a block")
    func counterMode() {
        let plain = hex(
            "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
                + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")
        let cipher = hex(
            "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
                + "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee")
        let key = hex("2b7e151628aed2a6abf7158809cf4f3c")
        let counter = hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
        #expect(AES128.counterMode(plain, key: key, counter: counter) == cipher)
        #expect(AES128.counterMode(cipher, key: key, counter: counter) == plain)
        let part = AES128.counterMode(Array(plain[..<21]), key: key, counter: counter)
        #expect(part == Array(cipher[..<21]))
    }

    @Test("the counter wraps")
    func wrapping() {
        let key = [UInt8](repeating: 7, count: 16)
        let stream = AES128.counterMode(
            [UInt8](repeating: 0, count: 32), key: key,
            counter: [UInt8](repeating: 0xff, count: 16))
        #expect(
            Array(stream[16...]) == AES128.encrypt([UInt8](repeating: 0, count: 16), key: key))
    }
}
