/// 0x01, ECRECOVER: who signed a hash (Yellow Paper, appendix E.1).
enum SignatureRecovery {
    /// The signer's address in 32 bytes, or nothing for a signature that has none.
    static func run(_ input: [UInt8]) -> [UInt8] {
        let hash = input.padded(0, 32)
        guard let v = UInt256(bigEndian: input.padded(32, 32)), v == 27 || v == 28,
            let signature = try? Secp256k1RecoverableSignature(
                compact: input.padded(64, 64), recoveryID: UInt8(truncatingIfNeeded: v.w0 - 27)),
            let key = try? Secp256k1PublicKey.recover(from: signature, forHash: hash)
        else { return [] }
        return Address(key).word.bytes
    }
}
