/// The 65 bytes by which wallets sign messages: *r*, *s*, and 27 or 28 (EIP-191, EIP-712).
public struct MessageSignature: Hashable, Sendable {
    /// The signature itself.
    public let signature: Secp256k1RecoverableSignature

    /// *r*, *s*, *v*.
    public var bytes: [UInt8] { signature.compact + [27 + signature.recoveryID] }

    init(_ signature: Secp256k1RecoverableSignature) { self.signature = signature }

    /// Reads 65 bytes, of which the last is 27 or 28, or 0 or 1 as some devices write.
    ///
    /// An *s* in the upper half of the group's order is refused, so that nobody can make a second
    /// signature of somebody's first (EIP-2).
    public init?(bytes: [UInt8]) {
        guard bytes.count == 65, let last = bytes.last, [0, 1, 27, 28].contains(last),
            let signature = try? Secp256k1RecoverableSignature(
                compact: Array(bytes.prefix(64)), recoveryID: last % 27),
            signature.hasLowS
        else { return nil }
        self.signature = signature
    }

    /// Who signed a hash; `nil` if nobody can have.
    public func signer(of hash: Hash32) -> Address? {
        let key = try? Secp256k1PublicKey.recover(from: signature, forHash: hash.bytes)
        return key.map(Address.init)
    }
}

extension MessageSignature: CustomStringConvertible {
    /// `0x` and 130 digits.
    public var description: String { Hexadecimal.data(bytes) }
}

extension Secp256k1PrivateKey {
    /// Signs a hash that was made for wallets' messages, and for nothing else.
    func signature(of hash: Hash32) -> Secp256k1RecoverableSignature {
        do {
            return try recoverableSignature(forHash: hash.bytes)
        } catch {
            preconditionFailure("a hash of 32 bytes was refused: \(error)")
        }
    }
}
