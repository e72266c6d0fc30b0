/// A message that a person signs (EIP-191, version 0x45: `personal_sign`).
///
/// What is hashed begins with 0x19 and words that no transaction begins with, so that nobody can
/// pass off a transaction as a message.
public struct PersonalMessage: Hashable, Sendable {
    /// The message; for text its UTF-8.
    public let bytes: [UInt8]

    /// A message of any bytes.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }
    /// A message of text.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// What is signed.
    public var hash: Hash32 {
        Keccak256.hash(Array("\u{19}Ethereum Signed Message:\n\(bytes.count)".utf8) + bytes)
    }

    /// Who made a signature of this message; `nil` if nobody can have.
    public func signer(of signature: MessageSignature) -> Address? { signature.signer(of: hash) }
}

extension Secp256k1PrivateKey {
    /// Signs a message.
    public func sign(_ message: PersonalMessage) -> MessageSignature {
        MessageSignature(signature(of: message.hash))
    }
}
