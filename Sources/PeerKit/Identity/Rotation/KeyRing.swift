/// A node's keys on disk: the present one, and how it came to it.
///
/// Beside `identity.key` lie `identity.history`, the certificates, and, while a rotation is under
/// way, `identity.next`, the key that is to take over. All are readable by the owner only. Rotating
/// writes the new key first, then the certificate, then puts the key in its place, so that after a
/// crash at any moment the same command finishes what was begun.
public struct KeyRing: Sendable {
    /// The present key.
    public let keyFile: KeyFile
    private let limits: RotationLimits

    /// The keys beside the key file at `path`.
    public init(path: String, limits: RotationLimits = .init()) {
        keyFile = KeyFile(path: path)
        self.limits = limits
    }

    /// Where the certificates are: beside `identity.key`, `identity.history`.
    public var historyPath: String { base + ".history" }
    /// Where the next key waits: `identity.next`.
    public var nextPath: String { base + ".next" }
    private var base: String {
        keyFile.path.hasSuffix(".key") ? String(keyFile.path.dropLast(4)) : keyFile.path
    }

    /// How the present key came to be, and what has been revoked.
    public struct History: Sendable, Hashable {
        /// From the first key to the present one.
        public var rotations: [RotationCertificate] = []
        /// Keys of this identity that nobody shall believe.
        public var revocations: [RevocationCertificate] = []
        /// The first key's time, in seconds since 1970, if it is known.
        public var created: UInt64?

        /// No history.
        public init() {}

        /// When the present key took over.
        public var since: UInt64? { rotations.last?.issued ?? created }
    }

    /// Reads the history; an absent one is an empty one.
    public func history() throws(KeyFileError) -> History {
        guard let bytes = try historyBytes() else { return History() }
        do throws(RotationError) {
            return try read(bytes)
        } catch {
            throw .corrupt(path: historyPath, reason: error.description)
        }
    }

    private func historyBytes() throws(KeyFileError) -> [UInt8]? {
        do throws(KeyFileError) {
            return try OwnerOnlyFile(path: historyPath).read(limit: limits.maximumMessageBytes)
        } catch {
            if case .notFound = error { return nil }
            throw error
        }
    }

    private func read(_ bytes: [UInt8]) throws(RotationError) -> History {
        let message = try RotationMessage(bytes, limits: limits)
        var history = History()
        for bytes in message.chain {
            let certificate = try RotationCertificate.open(bytes, limits: limits)
            history.rotations.append(certificate)
        }
        for bytes in message.revocations {
            let certificate = try RevocationCertificate.open(bytes, limits: limits)
            history.revocations.append(certificate)
        }
        return history
    }

    /// Writes the history. The oldest rotations beyond the longest chain go.
    func save(_ history: History) throws(KeyFileError) {
        let message = RotationMessage(
            chain: history.rotations.suffix(limits.maximumChain).map(\.bytes),
            revocations: history.revocations.suffix(limits.maximumRevocations).map(\.bytes))
        try OwnerOnlyFile(path: historyPath).write(message.bytes, overwriting: true)
    }

    /// Puts a new key in the place of the present one.
    ///
    /// - Parameters:
    ///   - makeKey: Makes the new key, unless one waits already from an attempt that was cut short.
    ///   - passphrase: Opens the present key, and seals the new one if the present one is sealed.
    ///   - recoveryKey: May revoke the new key later.
    ///   - revokesOld: Whether the old key says of itself that nobody shall believe it any more.
    /// - Returns: The certificate.
    public func rotate(
        passphrase: String? = nil, recoveryKey: PublicKey? = nil, revokesOld: Bool = false,
        at unixSeconds: UInt64, makeKey: () throws -> Ed25519PrivateKey
    ) async throws -> RotationCertificate {
        let isSealed = try keyFile.isSealed()
        let seal = isSealed ? passphrase : nil
        let old = try keyFile.load(passphrase: passphrase)
        var history = try history()
        let nextFile = KeyFile(path: nextPath)
        if let finished = try finish(old, history, nextFile, passphrase: seal) { return finished }
        let new: Ed25519PrivateKey
        if let waiting = try waitingKey(passphrase) {
            new = waiting
        } else {
            new = try makeKey()
            try nextFile.save(new, passphrase: seal)
        }
        let certificate = try await RotationCertificate.issue(
            from: old, to: new, sequence: (history.rotations.last?.sequence ?? 0) + 1,
            at: unixSeconds, validFor: limits.maximumValidity, recoveryKey: recoveryKey)
        history.rotations.append(certificate)
        if revokesOld {
            history.revocations.append(
                try await .issue(of: certificate.old, by: old, at: unixSeconds))
        }
        try save(history)
        try keyFile.save(new, passphrase: seal, overwriting: .allowed)
        try nextFile.remove()
        return certificate
    }

    /// The key of a rotation that was begun, if there is one.
    private func waitingKey(
        _ passphrase: String?
    ) throws(KeyFileError) -> Ed25519PrivateKey? {
        do throws(KeyFileError) {
            return try KeyFile(path: nextPath).load(passphrase: passphrase)
        } catch {
            if case .notFound = error { return nil }
            throw error
        }
    }

    /// Ends a rotation whose certificate was written but whose key was not put in its place.
    private func finish(
        _ old: Ed25519PrivateKey, _ history: History, _ nextFile: KeyFile, passphrase: String?
    ) throws -> RotationCertificate? {
        guard let last = history.rotations.last else { return nil }
        if last.old == old.publicKey.peerID {
            let new = try nextFile.load(passphrase: passphrase)
            guard new.publicKey == last.newKey else { return nil }
            try keyFile.save(new, passphrase: passphrase, overwriting: .allowed)
            try nextFile.remove()
            return last
        }
        return nil
    }

    /// Writes down that a key of this identity is revoked.
    public func add(_ revocation: RevocationCertificate) throws(KeyFileError) {
        var history = try history()
        guard !history.revocations.contains(where: { $0.peer == revocation.peer }) else { return }
        history.revocations.append(revocation)
        try save(history)
    }
}
