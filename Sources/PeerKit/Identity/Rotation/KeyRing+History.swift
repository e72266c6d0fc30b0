/// The way from words to a key of an identity (SLIP-0010, ``DerivationPath/identity(account:rotation:)``).
public struct KeyDerivation: Sendable, Hashable {
    /// Which of several nodes with the same words.
    public var account: UInt32
    /// How often its key has been changed.
    public var rotation: UInt32

    /// A way.
    public init(account: UInt32 = 0, rotation: UInt32 = 0) {
        self.account = account
        self.rotation = rotation
    }

    /// The path.
    public var path: DerivationPath { .identity(account: account, rotation: rotation) }
    /// The way to the key after this one; `nil` after the last of 2³¹.
    public var next: KeyDerivation? {
        rotation < 0x7fff_ffff ? KeyDerivation(account: account, rotation: rotation + 1) : nil
    }
}

extension KeyRing {
    /// How the present key came to be, and what has been revoked.
    ///
    /// On disk the message that peers are shown (``RotationMessage``) with three more fields, which
    /// stay at home:
    ///
    ///     uint64 created = 3;   // seconds since 1970
    ///     uint64 account = 4;   // of a key that was derived from words
    ///     uint64 rotation = 5;
    public struct History: Sendable, Hashable {
        /// From the first key to the present one.
        public var rotations: [RotationCertificate] = []
        /// Keys of this identity that nobody shall believe.
        public var revocations: [RevocationCertificate] = []
        /// The first key's time, in seconds since 1970, if it is known.
        public var created: UInt64?
        /// How the present key is derived from words, if it is.
        public var derivation: KeyDerivation?

        /// No history.
        public init() {}

        /// When the present key took over.
        public var since: UInt64? { rotations.last?.issued ?? created }

        /// Whether the present key is as old as a key may become, or older.
        public func isDue(at unixSeconds: UInt64, after period: Duration) -> Bool {
            guard let since else { return false }
            return unixSeconds.subtractingClamped(since) >= period.wholeSeconds
        }

        init(_ bytes: [UInt8], limits: RotationLimits) throws(RotationError) {
            let message = try RotationMessage(bytes, limits: limits)
            for bytes in message.chain {
                rotations.append(try RotationCertificate.open(bytes, limits: limits))
            }
            for bytes in message.revocations {
                revocations.append(try RevocationCertificate.open(bytes, limits: limits))
            }
            created = message.created
            guard let account = message.account, let rotation = message.rotation else { return }
            guard let account = UInt32(exactly: account), let rotation = UInt32(exactly: rotation)
            else { throw .malformed }
            derivation = KeyDerivation(account: account, rotation: rotation)
        }

        func bytes(limits: RotationLimits) -> [UInt8] {
            var message = RotationMessage(
                chain: rotations.suffix(limits.maximumChain).map(\.bytes),
                revocations: revocations.suffix(limits.maximumRevocations).map(\.bytes))
            message.created = created
            message.account = derivation.map { UInt64($0.account) }
            message.rotation = derivation.map { UInt64($0.rotation) }
            return message.bytes
        }
    }
}
