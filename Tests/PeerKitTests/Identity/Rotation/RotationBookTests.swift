import Testing

@testable import PeerKit

@Suite("Key rotation: certificates and whom they convince") struct RotationBookTests {
    static let start: UInt64 = 1_767_225_600

    static func key(_ number: UInt64) throws -> Ed25519PrivateKey { try .numbered(number) }
    static func peer(_ number: UInt64) throws -> PeerID { try key(number).publicKey.peerID }

    static func certificate(
        _ old: UInt64, _ new: UInt64, sequence: UInt64 = 1, at time: UInt64 = start,
        validFor: Duration = .seconds(1000), recovery: UInt64? = nil
    ) async throws -> RotationCertificate {
        try await .issue(
            from: key(old), to: key(new), sequence: sequence, at: time, validFor: validFor,
            recoveryKey: try recovery.map { try key($0).publicKey })
    }

    @Test func aChainLeadsFromTheFirstKeyToThePresentOne() async throws {
        var book = RotationBook()
        let chain = [
            try await Self.certificate(1, 2), try await Self.certificate(2, 3, sequence: 2),
        ]
        let change = try book.accept(
            chain: chain.map(\.bytes), from: Self.peer(3), at: Self.start)
        #expect(change.succeeded.map(\.new) == [try Self.peer(2), try Self.peer(3)])
        #expect(try book.resolve(Self.peer(1)) == Self.peer(3))
        #expect(try book.resolve(Self.peer(3)) == Self.peer(3))
        #expect(try book.resolve(Self.peer(9)) == Self.peer(9))
        #expect(try book.lineage(of: Self.peer(3)) == [1, 2, 3].map { try Self.peer($0) })
        // Told again, nothing changes; told later, the rest is added.
        #expect(
            try book.accept(chain: chain.map(\.bytes), from: Self.peer(3), at: Self.start)
                == RotationBook.Change())
        let next = try await Self.certificate(3, 4, sequence: 3)
        _ = try book.accept(chain: [next.bytes], from: Self.peer(4), at: Self.start)
        #expect(try book.resolve(Self.peer(1)) == Self.peer(4))
    }

    @Test func nobodyIsMadeASuccessorAgainstItsWill() async throws {
        let stolen = try await Self.certificate(1, 2)
        // The same statement with another's signature in place of the new key's.
        let fields = try RotationFields(stolen.bytes)
        var forged = WireWriter()
        forged.write(try #require(fields.bytes[1]), tag: 1)
        forged.write(try Self.key(1).signature(for: [1, 2, 3]), tag: 2)
        #expect(throws: RotationError.notAccepted) { try RotationCertificate.open(forged.bytes) }
        #expect(throws: RotationError.malformed) {
            try RotationCertificate.open(Array(forged.bytes.dropLast(66)))
        }
    }

    @Test("a certificate that any bit was changed in is not believed")
    func damage() async throws {
        let certificate = try await Self.certificate(1, 2, recovery: 3)
        #expect(try RotationCertificate.open(certificate.bytes) == certificate)
        for index in certificate.bytes.indices {
            var bytes = certificate.bytes
            bytes[index] ^= 0x10
            let read = try? RotationCertificate.open(bytes)
            // A bit of a tag may turn a field into one that is not read.
            #expect(
                read == nil
                    || (read?.old == certificate.old && read?.newKey == certificate.newKey))
        }
    }

    @Test func brokenChainsAreRefusedWhole() async throws {
        var book = RotationBook()
        let (ab, bc, cd, ba) = (
            try await Self.certificate(1, 2), try await Self.certificate(2, 3, sequence: 2),
            try await Self.certificate(3, 4, sequence: 3),
            try await Self.certificate(2, 1, sequence: 2)
        )
        func fault(_ chain: [RotationCertificate], from number: UInt64) throws -> RotationError? {
            let peer = try Self.peer(number)
            do throws(RotationError) {
                _ = try book.accept(chain: chain.map(\.bytes), from: peer, at: Self.start)
                return nil
            } catch {
                return error
            }
        }
        #expect(try fault([ab, cd], from: 4) == .brokenChain)
        #expect(try fault([bc, ab], from: 2) == .circular)
        #expect(try fault([ab, bc], from: 2) == .brokenChain)
        #expect(try fault([ab, ba], from: 1) == .circular)
        let low = try await Self.certificate(2, 3, sequence: 1)
        #expect(try fault([ab, low], from: 3) == .brokenChain)
        #expect(book.linkCount == 0)
    }

    @Test func theFirstSuccessorCounts() async throws {
        var book = RotationBook()
        let (first, second) = (
            try await Self.certificate(1, 2), try await Self.certificate(1, 3)
        )
        _ = try book.accept(chain: [first.bytes], from: Self.peer(2), at: Self.start)
        let change = try book.accept(chain: [second.bytes], from: Self.peer(3), at: Self.start)
        #expect(change.succeeded.isEmpty)
        #expect(change.equivocations == [try Self.peer(1)])
        #expect(try book.resolve(Self.peer(1)) == Self.peer(2))
        // Nor does anybody take two identities over.
        let other = try await Self.certificate(5, 2)
        _ = try book.accept(chain: [other.bytes], from: Self.peer(2), at: Self.start)
        #expect(try book.resolve(Self.peer(5)) == Self.peer(5))
    }

    @Test func timeIsChecked() async throws {
        let certificate = try await Self.certificate(1, 2)
        let limits = RotationLimits()
        for (time, isValid) in [
            (Self.start - 601, false), (Self.start - 599, true), (Self.start + 1000, true),
            (Self.start + 1599, true), (Self.start + 1601, false), (0, false), (.max, false),
        ] {
            #expect(certificate.isValid(at: time, limits: limits) == isValid, "at \(time)")
        }
        let long = try await Self.certificate(1, 2, validFor: .seconds(10 * 366 * 24 * 3600))
        #expect(!long.isValid(at: Self.start, limits: limits))
        let endless = try await Self.certificate(
            1, 2, at: .max - 5, validFor: .seconds(1000))
        #expect(endless.expires == .max)
        #expect(!endless.isValid(at: Self.start, limits: limits))
    }

    @Test func aRevokedKeyHasNoSayInItsSuccession() async throws {
        var book = RotationBook()
        let known = try await Self.certificate(1, 2, recovery: 8)
        _ = try book.accept(chain: [known.bytes], from: Self.peer(2), at: Self.start)
        let byItself = try await RevocationCertificate.issue(
            of: Self.peer(1), by: Self.key(1), at: Self.start)
        let byRecovery = try await RevocationCertificate.issue(
            of: Self.peer(2), by: Self.key(8), at: Self.start)
        let byStranger = try await RevocationCertificate.issue(
            of: Self.peer(2), by: Self.key(9), at: Self.start)
        #expect(throws: RotationError.wrongSigner) {
            try book.accept(revocation: byStranger.bytes)
        }
        #expect(try book.accept(revocation: byItself.bytes)?.key == Self.peer(1))
        #expect(try book.accept(revocation: byItself.bytes) == nil)
        #expect(try book.accept(revocation: byRecovery.bytes)?.key == Self.peer(2))
        #expect(try book.isRevoked(Self.peer(1)) && book.isRevoked(Self.peer(2)))
        // What was believed stays, what is new is not believed.
        #expect(try book.resolve(Self.peer(1)) == Self.peer(2))
        let thiefs = try await Self.certificate(2, 7, sequence: 2)
        let change = try book.accept(
            chain: [known.bytes, thiefs.bytes], from: Self.peer(7), at: Self.start)
        #expect(change.succeeded.isEmpty)
        #expect(try book.resolve(Self.peer(2)) == Self.peer(2))
    }

    @Test func tenTimesTheLimitsAreRefusedOrForgotten() async throws {
        var limits = RotationLimits()
        limits.maximumLinks = 20
        limits.maximumRevoked = 20
        var book = RotationBook(limits: limits)
        for number in 0..<200 as Range<UInt64> {
            let certificate = try await Self.certificate(1000 + number, 5000 + number)
            let change = try book.accept(
                chain: [certificate.bytes], from: certificate.new, at: Self.start)
            #expect(change.forgotten == (number < 20 ? [] : [try Self.peer(980 + number)]))
            let revocation = try await RevocationCertificate.issue(
                of: Self.peer(9000 + number), by: Self.key(9000 + number), at: Self.start)
            let revoked = try book.accept(revocation: revocation.bytes)
            #expect(revoked?.forgotten == (number < 20 ? nil : try Self.peer(8980 + number)))
        }
        #expect(book.linkCount == 20 && book.revokedCount == 20)
        let bytes = [UInt8](repeating: 0x0a, count: 10_240)
        #expect(throws: RotationError.tooLong(byteCount: 10_240, limit: 1024)) {
            try RotationCertificate.open(bytes)
        }
        #expect(throws: RotationError.tooLong(byteCount: 10_240, limit: 1024)) {
            try RevocationCertificate.open(bytes)
        }
        let many = RotationMessage(chain: [[UInt8]](repeating: [1], count: 160))
        #expect(throws: RotationError.malformed) {
            try RotationMessage(many.bytes, limits: limits)
        }
        let chain = [[UInt8]](repeating: [1], count: 160)
        #expect(throws: RotationError.brokenChain) {
            try book.accept(chain: chain, from: Self.peer(1), at: Self.start)
        }
    }
}

@Suite("Key rotation: keys on disk") struct KeyRingTests {
    @Test func rotatesAndRemembersHow() async throws {
        do {
            let folder = try TemporaryDirectory()
            let directory = folder.path
            let ring = KeyRing(path: "\(directory)/identity.key")
            try ring.keyFile.save(.numbered(1))
            let first = try await ring.rotate(at: 1000) { try .numbered(2) }
            let second = try await ring.rotate(at: 2000) { try .numbered(3) }
            #expect(first.sequence == 1 && second.sequence == 2)
            #expect(try ring.keyFile.load().publicKey == Ed25519PrivateKey.numbered(3).publicKey)
            #expect(try ring.history().rotations == [first, second])
            #expect(try ring.history().since == 2000)
            var book = RotationBook()
            _ = try book.accept(
                chain: try ring.history().rotations.map(\.bytes), from: second.new, at: 2000)
            #expect(book.resolve(first.old) == second.new)
        }
    }

    @Test func aSealedKeyIsFollowedByASealedOne() async throws {
        do {
            let folder = try TemporaryDirectory()
            let directory = folder.path
            let ring = KeyRing(path: "\(directory)/identity.key")
            try ring.keyFile.save(.numbered(1), passphrase: "secret", cost: .interactive)
            await #expect(throws: KeyFileError.self) {
                try await ring.rotate(at: 1000) { try .numbered(2) }
            }
            _ = try await ring.rotate(passphrase: "secret", at: 1000) { try .numbered(2) }
            #expect(try ring.keyFile.isSealed())
            let key = try ring.keyFile.load(passphrase: "secret")
            #expect(key.publicKey == (try Ed25519PrivateKey.numbered(2).publicKey))
        }
    }

    @Test func aRotationCutShortIsFinished() async throws {
        do {
            let folder = try TemporaryDirectory()
            let directory = folder.path
            let ring = KeyRing(path: "\(directory)/identity.key")
            try ring.keyFile.save(.numbered(1))
            // The new key is there, nothing else.
            try KeyFile(path: ring.nextPath).save(.numbered(2))
            let certificate = try await ring.rotate(at: 1000) { try .numbered(9) }
            #expect(certificate.newKey == (try Ed25519PrivateKey.numbered(2).publicKey))
            // The certificate is there, the key is not yet in its place.
            try ring.keyFile.save(.numbered(1), overwriting: .allowed)
            try KeyFile(path: ring.nextPath).save(.numbered(2))
            #expect(try await ring.rotate(at: 2000) { try .numbered(9) } == certificate)
            #expect(try ring.keyFile.load().publicKey == certificate.newKey)
            #expect(try ring.history().rotations == [certificate])
        }
    }

    @Test func derivedKeysFollowOneAnother() async throws {
        let folder = try TemporaryDirectory()
        let ring = KeyRing(path: "\(folder.path)/identity.key")
        let root = HierarchicalKey(seed: [UInt8](repeating: 7, count: 64))
        func key(_ derivation: KeyDerivation) -> Ed25519PrivateKey {
            root.derived(at: derivation.path).privateKey
        }
        let first = KeyDerivation(account: 3)
        try ring.keyFile.save(key(first))
        #expect(try ring.begin(at: 1000, derivation: first).derivation == first)
        // Begun once only.
        #expect(try ring.begin(at: 5000).since == 1000)
        let next = try #require(first.next)
        #expect(next.path.description == "m/44'/1886611811'/3'/0'/1'")
        // A key that waits from an attempt with another is not taken for the derived one.
        try KeyFile(path: ring.nextPath).save(.numbered(9))
        _ = try await ring.rotate(at: 2000, derivation: next) { key(next) }
        #expect(try ring.keyFile.load().publicKey == key(next).publicKey)
        #expect(try ring.history().derivation == next)
        #expect(try ring.history().since == 2000)
        // A random one has no place among them.
        _ = try await ring.rotate(at: 3000) { try .numbered(4) }
        #expect(try ring.history().derivation == nil)
        #expect(KeyDerivation(account: 0, rotation: 0x7fff_ffff).next == nil)
    }

    @Test("a key is due when it is as old as it may become") func age() async throws {
        var history = KeyRing.History()
        let period = Duration.seconds(90 * 24 * 3600)
        let seconds: UInt64 = 90 * 24 * 3600
        #expect(!history.isDue(at: .max, after: period))
        history.created = 1000
        #expect(!history.isDue(at: 999 + seconds, after: period))
        #expect(history.isDue(at: 1000 + seconds, after: period))
        // A clock that was set back makes no key old.
        #expect(!history.isDue(at: 0, after: period))
        history.rotations = [try await RotationBookTests.certificate(1, 2, at: 5000)]
        #expect(!history.isDue(at: 4999 + seconds, after: period))
        #expect(history.isDue(at: 5000 + seconds, after: period))
    }

    @Test func aRotationCutShortIsFinishedAtTheNextStart() async throws {
        let folder = try TemporaryDirectory()
        let ring = KeyRing(path: "\(folder.path)/identity.key")
        try ring.keyFile.save(.numbered(1), passphrase: "secret", cost: .interactive)
        #expect(try ring.finishRotation(passphrase: "secret") == nil)
        let certificate = try await ring.rotate(passphrase: "secret", at: 1000) { try .numbered(2) }
        try ring.keyFile.save(
            .numbered(1), passphrase: "secret", cost: .interactive, overwriting: .allowed)
        // Without the next key there is nothing to put in the place.
        #expect(try ring.finishRotation(passphrase: "secret") == nil)
        try KeyFile(path: ring.nextPath).save(
            .numbered(2), passphrase: "secret", cost: .interactive)
        #expect(try ring.finishRotation(passphrase: "secret") == certificate)
        #expect(try ring.keyFile.isSealed())
        #expect(try ring.keyFile.load(passphrase: "secret").publicKey == certificate.newKey)
        #expect(try ring.finishRotation(passphrase: "secret") == nil)
    }

    @Test func aDamagedHistoryIsNamed() async throws {
        do {
            let folder = try TemporaryDirectory()
            let directory = folder.path
            let ring = KeyRing(path: "\(directory)/identity.key")
            try ring.keyFile.save(.numbered(1))
            try OwnerOnlyFile(path: ring.historyPath).write([0x0a, 0x01, 0x01], overwriting: true)
            #expect(throws: KeyFileError.self) { try ring.history() }
        }
    }
}
