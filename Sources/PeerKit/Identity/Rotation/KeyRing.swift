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
        try History(bytes, limits: limits)
    }

    /// Writes the history. The oldest rotations beyond the longest chain go.
    func save(_ history: History) throws(KeyFileError) {
        try OwnerOnlyFile(path: historyPath).write(
            history.bytes(limits: limits), overwriting: true)
    }

    /// Writes down when the first key was made and how it was derived, where that is not known yet.
    ///
    /// - Returns: The history as it is now.
    @discardableResult
    public func begin(
        at unixSeconds: UInt64, derivation: KeyDerivation? = nil
    ) throws(KeyFileError) -> History {
        var history = try history()
        guard history.since == nil else { return history }
        history.created = unixSeconds
        history.derivation = derivation
        try save(history)
        return history
    }

    /// Puts a new key in the place of the present one.
    ///
    /// - Parameters:
    ///   - derivation: How the new key is derived from words; `nil` for one that is drawn. A drawn
    ///     one that waits from an attempt that was cut short is taken instead of another.
    ///   - makeKey: Makes the new key.
    ///   - passphrase: Opens the present key, and seals the new one if the present one is sealed.
    ///   - recoveryKey: May revoke the new key later.
    ///   - revokesOld: Whether the old key says of itself that nobody shall believe it any more.
    /// - Returns: The certificate.
    public func rotate(
        passphrase: String? = nil, recoveryKey: PublicKey? = nil, revokesOld: Bool = false,
        at unixSeconds: UInt64, derivation: KeyDerivation? = nil,
        makeKey: () throws -> Ed25519PrivateKey
    ) async throws -> RotationCertificate {
        if let finished = try finishRotation(passphrase: passphrase) { return finished }
        let isSealed = try keyFile.isSealed()
        let seal = isSealed ? passphrase : nil
        let old = try keyFile.load(passphrase: passphrase)
        var history = try history()
        let nextFile = KeyFile(path: nextPath)
        let new: Ed25519PrivateKey
        if derivation == nil, let waiting = try waitingKey(passphrase) {
            new = waiting
        } else {
            new = try makeKey()
            try nextFile.save(new, passphrase: seal, overwriting: .allowed)
        }
        let certificate = try await RotationCertificate.issue(
            from: old, to: new, sequence: (history.rotations.last?.sequence ?? 0) + 1,
            at: unixSeconds, validFor: limits.maximumValidity, recoveryKey: recoveryKey)
        history.rotations.append(certificate)
        history.derivation = derivation
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
    ///
    /// - Parameter passphrase: Opens the keys if they are sealed.
    /// - Returns: The certificate; `nil` when there was nothing to end.
    public func finishRotation(
        passphrase: String? = nil
    ) throws(KeyFileError) -> RotationCertificate? {
        guard let last = try history().rotations.last,
            try keyFile.load(passphrase: passphrase).publicKey.peerID == last.old,
            let new = try waitingKey(passphrase), new.publicKey == last.newKey
        else { return nil }
        let seal = try keyFile.isSealed() ? passphrase : nil
        try keyFile.save(new, passphrase: seal, overwriting: .allowed)
        try KeyFile(path: nextPath).remove()
        return last
    }

    /// Writes down that a key of this identity is revoked.
    public func add(_ revocation: RevocationCertificate) throws(KeyFileError) {
        var history = try history()
        guard !history.revocations.contains(where: { $0.peer == revocation.peer }) else { return }
        history.revocations.append(revocation)
        try save(history)
    }
}
