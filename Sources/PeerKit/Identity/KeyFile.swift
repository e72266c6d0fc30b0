/// The file that a node's key is kept in, readable by its owner only and optionally sealed with a
/// passphrase.
public struct KeyFile: Sendable {
    /// Where the file is.
    public let path: String

    /// The key file at `path`, which need not exist yet.
    public init(path: String) { self.path = path }

    /// Whether something may be saved over a file that exists.
    public enum Overwriting: Sendable {
        /// A file that exists is left alone, and saving throws
        /// ``KeyFileError/alreadyExists(path:)``.
        case never
        /// A file that exists is replaced in one step.
        case allowed
    }

    /// Writes the key, in one step: a crash leaves the old file (or none) or the new one.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - passphrase: Seals the file; `nil` leaves the key in the clear.
    ///   - cost: How hard it is to try passphrases.
    ///   - overwriting: Whether to replace a file that exists.
    public func save(
        _ key: Ed25519PrivateKey, passphrase: String? = nil, cost: PassphraseCost = .moderate,
        overwriting: Overwriting = .never
    ) throws(KeyFileError) {
        var bytes: [UInt8]
        if let passphrase {
            var passphraseBytes = try checked(passphrase)
            defer { Sodium.wipe(&passphraseBytes) }
            do {
                bytes = try KeyFileFormat.encode(
                    key, passphrase: passphraseBytes, cost: cost,
                    salt: Sodium.randomBytes(count: Sodium.argon2SaltByteCount),
                    nonce: Sodium.randomBytes(count: Sodium.xchachaNonceByteCount))
            } catch {
                throw KeyFileError(error, path: path)
            }
        } else {
            bytes = KeyFileFormat.encode(key)
        }
        defer { Sodium.wipe(&bytes) }
        try OwnerOnlyFile(path: path).write(bytes, overwriting: overwriting == .allowed)
    }

    /// Reads the key.
    ///
    /// - Parameter passphrase: Opens a sealed file; not used when the file is plain.
    /// - Throws: ``KeyFileError/permissions(path:mode:)`` when others than the owner may reach
    ///   the file: the key may be known to them, and its owner should decide about that.
    public func load(passphrase: String? = nil) throws(KeyFileError) -> Ed25519PrivateKey {
        var bytes = try contents()
        defer { Sodium.wipe(&bytes) }
        var passphraseBytes: [UInt8] = []
        defer { Sodium.wipe(&passphraseBytes) }
        if let passphrase { passphraseBytes = try checked(passphrase) }
        do {
            return try KeyFileFormat.decode(
                bytes, passphrase: passphrase == nil ? nil : passphraseBytes)
        } catch {
            throw KeyFileError(error, path: path)
        }
    }

    /// Whether loading needs a passphrase.
    public func isSealed() throws(KeyFileError) -> Bool {
        KeyFileFormat.isSealed(try contents())
    }

    /// Removes the file; an absent one is fine.
    func remove() throws(KeyFileError) { try OwnerOnlyFile(path: path).remove() }

    private func contents() throws(KeyFileError) -> [UInt8] {
        try OwnerOnlyFile(path: path).read(limit: IdentityLimits.maximumKeyFileByteCount)
    }

    private func checked(_ passphrase: String) throws(KeyFileError) -> [UInt8] {
        let bytes = Array(passphrase.utf8)
        let limit = IdentityLimits.maximumPassphraseByteCount
        guard (1...limit).contains(bytes.count) else {
            throw .unsuitablePassphrase(byteCount: bytes.count, limit: limit)
        }
        return bytes
    }
}

extension KeyFileError {
    init(_ failure: KeyFileFormat.Failure, path: String) {
        self =
            switch failure {
            case .corrupt(let reason): .corrupt(path: path, reason: reason)
            case .passphraseNeeded: .passphraseNeeded(path: path)
            case .wrongPassphrase: .wrongPassphrase(path: path)
            case .outOfMemory(let byteCount): .outOfMemory(byteCount: byteCount)
            }
    }
}
