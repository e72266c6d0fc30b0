/// Who a node is: the holder of a key, and the peer ID that follows from it.
public struct PeerIdentity: Sendable, CustomStringConvertible {
    /// Signs for this identity.
    public let signer: any Signer
    /// The peer ID that others know this identity by.
    public let peerID: PeerID

    /// The identity of the key that `signer` holds.
    public init(signer: any Signer) {
        self.signer = signer
        peerID = signer.publicKey.peerID
    }

    /// The public half of the key.
    public var publicKey: PublicKey { signer.publicKey }

    /// A new Ed25519 identity drawn from `generator`.
    public static func generate(
        using generator: inout some RandomNumberGenerator
    ) -> PeerIdentity {
        PeerIdentity(signer: Ed25519PrivateKey.generate(using: &generator))
    }

    /// A new Ed25519 identity drawn from the system's generator.
    public static func generate() -> PeerIdentity {
        var generator = SystemRandomNumberGenerator()
        return generate(using: &generator)
    }

    /// The text form.
    public var description: String { peerID.description }
}
