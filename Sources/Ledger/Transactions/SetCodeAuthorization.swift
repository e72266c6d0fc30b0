/// An account's consent to run another's code as its own (EIP-7702).
public struct SetCodeAuthorization: Sendable, Equatable {
    /// The chain, or 0 for any.
    public var chainID: UInt256
    /// Whose code; all zeros ends the delegation.
    public var delegate: Address
    /// The signer's nonce.
    public var nonce: UInt64
    /// The parity of the signature.
    public var yParity: UInt256
    /// The signature's first half.
    public var r: UInt256
    /// The signature's second half.
    public var s: UInt256

    /// All fields.
    public init(
        chainID: UInt256, delegate: Address, nonce: UInt64, yParity: UInt256, r: UInt256, s: UInt256
    ) {
        self.chainID = chainID
        self.delegate = delegate
        self.nonce = nonce
        self.yParity = yParity
        self.r = r
        self.s = s
    }

    /// What is signed.
    var signingHash: Hash32 {
        var writer = RLPWriter()
        writer.list { list in
            list.write(chainID)
            list.write(delegate.bytes)
            list.write(nonce)
        }
        return Keccak256.hash([0x05] + writer.bytes)
    }

    /// Who signed; `nil` if nobody can have.
    public func authority() -> Address? {
        guard yParity <= 1 else { return nil }
        guard
            let signature = try? Secp256k1RecoverableSignature(
                compact: r.bytes + s.bytes, recoveryID: UInt8(truncatingIfNeeded: yParity.w0)),
            signature.hasLowS,
            let key = try? Secp256k1PublicKey.recover(from: signature, forHash: signingHash.bytes)
        else { return nil }
        return Address(key)
    }

    /// The code of an account that delegates: 0xef0100 and the address.
    var code: [UInt8] { delegate == .zero ? [] : [0xef, 0x01, 0x00] + delegate.bytes }
}
