extension Transaction {
    /// What a sender signs.
    public var signingHash: Hash32 { Keccak256.hash(TransactionCodec.signed(self)) }

    /// Signs a transaction for one chain.
    ///
    /// Deterministic (RFC 6979), with *s* in the lower half (EIP-2). A legacy transaction gets
    /// replay protection (EIP-155).
    ///
    /// - Parameter chainID: Takes the place of ``chainID``.
    public func signed(by key: Secp256k1PrivateKey, chainID: UInt64) -> SignedTransaction {
        var transaction = self
        transaction.chainID = chainID
        return transaction.signed(by: key)
    }

    /// Signs a transaction as it is. A legacy one without ``chainID`` is good on any chain, which
    /// few nodes take; a typed one without is signed for chain 0, which is nobody's.
    public func signed(by key: Secp256k1PrivateKey) -> SignedTransaction {
        var transaction = self
        if kind != .legacy { transaction.chainID = chainID ?? 0 }
        let signature = key.signature(of: transaction.signingHash)
        let encoded = TransactionCodec.encoded(transaction, signature)
        return SignedTransaction(
            transaction: transaction, signature: signature, sender: key.address,
            hash: Keccak256.hash(encoded), encoded: encoded)
    }
}

extension SetCodeAuthorization {
    /// Consent of the key's account to run another's code (EIP-7702).
    ///
    /// - Parameters:
    ///   - chainID: The chain, or 0 for any.
    ///   - delegate: Whose code; ``Address/zero`` ends the delegation.
    ///   - nonce: The account's own. In a transaction that the account itself sends, one more than
    ///     the transaction's.
    public static func signed(
        chainID: UInt64, delegate: Address, nonce: UInt64, by key: Secp256k1PrivateKey
    ) -> SetCodeAuthorization {
        var authorization = SetCodeAuthorization(
            chainID: UInt256(chainID), delegate: delegate, nonce: nonce, yParity: .zero, r: .zero,
            s: .zero)
        let signature = key.signature(of: authorization.signingHash)
        authorization.yParity = UInt256(UInt64(signature.recoveryID))
        authorization.r = UInt256(bigEndian: signature.r) ?? .zero
        authorization.s = UInt256(bigEndian: signature.s) ?? .zero
        return authorization
    }
}
