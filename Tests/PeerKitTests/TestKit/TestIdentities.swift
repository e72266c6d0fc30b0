import PeerKit

extension Ed25519PrivateKey {
    /// The same key for the same number, in every run.
    static func numbered(_ number: UInt64) throws -> Ed25519PrivateKey {
        try Ed25519PrivateKey(
            seed: (0..<32).map { UInt8(truncatingIfNeeded: number >> ($0 % 8 * 8)) })
    }
}

extension PeerIdentity {
    /// The same identity for the same number, in every run.
    static func numbered(_ number: UInt64) throws -> PeerIdentity {
        PeerIdentity(signer: try Ed25519PrivateKey.numbered(number))
    }
}
