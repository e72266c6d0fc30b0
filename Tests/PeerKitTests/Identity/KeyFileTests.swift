#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Testing

@testable import PeerKit

/// A directory that goes with its owner.
private final class KeyFileDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/psic-test-XXXXXX".utf8CString)
        let made = mkdtemp(&template)
        path = String(cString: try #require(made))
    }

    deinit {
        for name in names { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    var names: [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    func write(_ bytes: [UInt8], to name: String, mode: mode_t = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try #require(bytes.withUnsafeBytes { PeerKitTests.put(descriptor, $0) } == bytes.count)
        try #require(fchmod(descriptor, mode) == 0)
        return file
    }
}

private func put(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}

private func mode(of path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
}

@Suite("Key files") struct KeyFileTests {
    @Test func plainFileIsTheOwnersOnlyAndLoads() throws {
        let directory = try KeyFileDirectory()
        let file = KeyFile(path: "\(directory.path)/key")
        let key = try SpecificationKey.make()
        try file.save(key)
        #expect(mode(of: file.path) == 0o600)
        #expect(directory.names == ["key"])
        #expect(try file.load().protobuf == key.protobuf)
        #expect(try !file.isSealed())
        #expect(try file.load(passphrase: "not needed").publicKey == key.publicKey)
    }

    @Test("the plain format is pinned")
    func plainFormat() throws {
        let expected = "707369632d6b6579" + "0100" + SpecificationKey.privateHex
        #expect(Base16.encode(KeyFileFormat.encode(try SpecificationKey.make())) == expected)
    }

    @Test("the sealed format is pinned")
    func sealedFormat() throws {
        let bytes = try KeyFileFormat.encode(
            SpecificationKey.make(), passphrase: Array("correct horse".utf8), cost: .interactive,
            salt: Array(0..<16), nonce: Array(16..<40))
        #expect(Base16.encode(bytes) == Self.sealedFixture)
        let key = try KeyFileFormat.decode(bytes, passphrase: Array("correct horse".utf8))
        #expect(key.protobuf == (try SpecificationKey.make()).protobuf)
    }

    /// Made with PyNaCl from the layout that KeyFileFormat documents.
    static let sealedFixture =
        "707369632d6b657901010000000200010000000102030405060708090a0b0c0d0e0f1011121314151617"
        + "18191a1b1c1d1e1f2021222324252627bfbb04b83405b5d33854070aaa92d15bcbff52bd39ce7db28c3b"
        + "3f4322ed3b2bc0d227d64cdad0fccbd4d572a42b247142ca5d25df172171906083eaa4e951e1d9150cc3"
        + "561831be13d88907a5e6ba453582e21e"

    @Test func sealedFileNeedsItsPassphrase() throws {
        let directory = try KeyFileDirectory()
        let file = KeyFile(path: "\(directory.path)/key")
        let key = try SpecificationKey.make()
        try file.save(key, passphrase: "correct horse", cost: .interactive)
        #expect(try file.isSealed())
        #expect(try file.load(passphrase: "correct horse").protobuf == key.protobuf)
        #expect(throws: KeyFileError.wrongPassphrase(path: file.path)) {
            try file.load(passphrase: "wrong horse")
        }
        #expect(throws: KeyFileError.passphraseNeeded(path: file.path)) { try file.load() }
        #expect(throws: KeyFileError.unsuitablePassphrase(byteCount: 0, limit: 1024)) {
            try file.load(passphrase: "")
        }
        #expect(throws: KeyFileError.unsuitablePassphrase(byteCount: 1025, limit: 1024)) {
            try file.save(key, passphrase: String(repeating: "x", count: 1025))
        }
    }

    @Test("a sealed file never shows the key, and two of them differ")
    func sealedFileHidesTheKey() throws {
        let directory = try KeyFileDirectory()
        let key = try SpecificationKey.make()
        var contents: [[UInt8]] = []
        for name in ["a", "b"] {
            let file = KeyFile(path: "\(directory.path)/\(name)")
            try file.save(key, passphrase: "correct horse", cost: .interactive)
            contents.append(try OwnerOnlyFile(path: file.path).read(limit: 4096))
        }
        #expect(contents[0] != contents[1])
        let hex = Base16.encode(contents[0])
        #expect(!hex.contains(Base16.encode(Array(key.protobuf[4..<36]))))
        #expect(!hex.contains(Base16.encode(key.publicKey.data)))
    }

    @Test func doesNotOverwriteUnlessAllowed() throws {
        let directory = try KeyFileDirectory()
        let file = KeyFile(path: "\(directory.path)/key")
        var random = RandomBytes(seed: 17)
        let first = Ed25519PrivateKey.generate(using: &random)
        let second = Ed25519PrivateKey.generate(using: &random)
        try file.save(first)
        #expect(throws: KeyFileError.alreadyExists(path: file.path)) { try file.save(second) }
        #expect(try file.load().publicKey == first.publicKey)
        #expect(directory.names == ["key"])
        try file.save(second, overwriting: .allowed)
        #expect(try file.load().publicKey == second.publicKey)
        #expect(directory.names == ["key"])
    }

    @Test(
        "refuses a file that others can reach and says what to do",
        arguments: [0o640, 0o604, 0o620])
    func permissions(mode: UInt32) throws {
        let directory = try KeyFileDirectory()
        let bytes = KeyFileFormat.encode(try SpecificationKey.make())
        let path = try directory.write(bytes, to: "key", mode: mode_t(mode))
        let error = #expect(throws: KeyFileError.permissions(path: path, mode: mode)) {
            try KeyFile(path: path).load()
        }
        #expect(error?.description.contains("chmod 600") == true)
    }

    @Test func reportsMissingFilesAndDirectories() throws {
        let directory = try KeyFileDirectory()
        let missing = KeyFile(path: "\(directory.path)/none")
        #expect(throws: KeyFileError.notFound(path: missing.path)) { try missing.load() }
        #expect(throws: KeyFileError.self) { try KeyFile(path: directory.path).load() }
        let nowhere = KeyFile(path: "\(directory.path)/no/such/key")
        let key = try SpecificationKey.make()
        let error = #expect(throws: KeyFileError.self) { try nowhere.save(key) }
        #expect(error?.description.contains("No such file or directory") == true)
    }

    @Test func everyFlippedBitOfAPlainFileIsNoticed() throws {
        let bytes = KeyFileFormat.encode(try SpecificationKey.make())
        for index in bytes.indices {
            for bit in 0..<8 {
                var altered = bytes
                altered[index] ^= 1 << UInt8(bit)
                #expect(throws: KeyFileFormat.Failure.self) {
                    try KeyFileFormat.decode(altered, passphrase: nil)
                }
            }
        }
        for count in bytes.indices {
            #expect(throws: KeyFileFormat.Failure.self) {
                try KeyFileFormat.decode(Array(bytes[..<count]), passphrase: nil)
            }
        }
    }

    @Test("a sealed file that was altered anywhere does not open")
    func alteredSealedFile() throws {
        let bytes = try Base16.decode(Self.sealedFixture)
        // One place each: operations, memory, salt, nonce, ciphertext, tag. Each unsealing takes
        // 64 MiB, so not every bit.
        for index in [13, 17, 20, 40, 60, bytes.count - 1] {
            var altered = bytes
            altered[index] ^= 1
            #expect(throws: KeyFileFormat.Failure.self, "byte \(index)") {
                try KeyFileFormat.decode(altered, passphrase: Array("correct horse".utf8))
            }
        }
    }

    @Test("a file cannot demand more memory or time than the bounds, nor less")
    func hostileCost() throws {
        let bytes = try Base16.decode(Self.sealedFixture)
        for (operations, memory) in [
            (0xffff_ffff, 65536), (4, 65536), (1, 65536), (2, 0xffff_ffff), (2, 262_145), (2, 8),
        ] as [(UInt32, UInt32)] {
            var altered = bytes
            for index in 0..<4 {
                altered[10 + index] = UInt8(
                    truncatingIfNeeded: operations >> UInt32(24 - 8 * index))
                altered[14 + index] = UInt8(truncatingIfNeeded: memory >> UInt32(24 - 8 * index))
            }
            let reason = "it asks for \(operations) passes over \(memory) KiB of memory"
            #expect(throws: KeyFileFormat.Failure.corrupt(reason: reason)) {
                try KeyFileFormat.decode(altered, passphrase: [1])
            }
        }
    }

    @Test func refusesLongFiles() throws {
        let directory = try KeyFileDirectory()
        let path = try directory.write([UInt8](repeating: 0, count: 4097), to: "key")
        #expect(throws: KeyFileError.corrupt(path: path, reason: "it is longer than 4096 bytes")) {
            try KeyFile(path: path).load()
        }
    }

    @Test func randomFilesAreRefused() throws {
        var random = RandomBytes(seed: 18)
        let plain = KeyFileFormat.encode(try SpecificationKey.make())
        let sealed = try Base16.decode(Self.sealedFixture)
        for _ in 0..<3_000 {
            _ = try? KeyFileFormat.decode(random.bytes(upTo: 120), passphrase: nil)
            _ = try? KeyFileFormat.decode(random.damaged(plain), passphrase: nil)
            // Without a passphrase all parsing is done and no memory-hard derivation.
            _ = try? KeyFileFormat.decode(random.damaged(sealed), passphrase: nil)
        }
    }
}
