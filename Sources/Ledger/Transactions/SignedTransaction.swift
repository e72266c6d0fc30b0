/// A transaction with its signature, as clients send it and blocks hold it (EIP-2718).
public struct SignedTransaction: Sendable, Equatable {
    /// What was signed.
    public let transaction: Transaction
    /// The signature.
    public let signature: Secp256k1RecoverableSignature
    /// Who signed.
    public let sender: Address
    /// Keccak-256 of the encoding.
    public let hash: Hash32
    /// The encoding: RLP, for kinds other than legacy after a byte with the kind.
    public let encoded: [UInt8]

    /// The longest encoding that is looked at: no block could pay for the call data of a longer one.
    public static let maximumBytes = 4 << 20

    /// Takes what has been signed here.
    init(
        transaction: Transaction, signature: Secp256k1RecoverableSignature, sender: Address,
        hash: Hash32, encoded: [UInt8]
    ) {
        self.transaction = transaction
        self.signature = signature
        self.sender = sender
        self.hash = hash
        self.encoded = encoded
    }

    /// Reads a transaction and recovers who signed it.
    ///
    /// What holds of its fields under a fork's rules is a matter of ``StateTransition``, or of
    /// ``checkFields(rules:chainID:)``.
    public init(decoding bytes: [UInt8]) throws(TransactionDecodingError) {
        let (transaction, signature) = try Self.parse(bytes)
        guard
            let key = try? Secp256k1PublicKey.recover(
                from: signature, forHash: transaction.signingHash.bytes)
        else { throw .signature }
        self.init(
            transaction: transaction, signature: signature, sender: Address(key),
            hash: Keccak256.hash(bytes), encoded: bytes)
    }

    /// Reads a transaction of which it has been kept who signed it, as recovering that again takes
    /// some 40 µs.
    init(
        decoding bytes: [UInt8], knownSender sender: Address
    ) throws(TransactionDecodingError) {
        let (transaction, signature) = try Self.parse(bytes)
        self.init(
            transaction: transaction, signature: signature, sender: sender,
            hash: Keccak256.hash(bytes), encoded: bytes)
    }

    private static func parse(
        _ bytes: [UInt8]
    ) throws(TransactionDecodingError) -> (Transaction, Secp256k1RecoverableSignature) {
        guard bytes.count <= maximumBytes else { throw .tooLong(bytes.count) }
        guard let first = bytes.first else { throw .encoding(.truncated) }
        let decoded: TransactionCodec.Decoded
        let kind = Transaction.Kind(rawValue: first)
        if first < 0xc0, kind == nil || kind == .legacy { throw .unsupportedKind(first) }
        do throws(RLPError) {
            if first >= 0xc0 {
                decoded = try TransactionCodec.legacy(bytes)
            } else {
                decoded = try TransactionCodec.typed(kind ?? .legacy, bytes.dropFirst())
            }
        } catch {
            throw .encoding(error)
        }
        guard let parity = decoded.parity,
            let signature = try? Secp256k1RecoverableSignature(
                compact: decoded.r.bytes + decoded.s.bytes, recoveryID: parity),
            signature.hasLowS
        else { throw .signature }
        return (decoded.transaction, signature)
    }

    /// Checks what needs neither state nor block; answers the gas that it costs before it begins.
    public func checkFields(
        rules: ForkRules, chainID: UInt64
    ) throws(TransactionError) -> IntrinsicGas {
        try TransactionCheck.checkFields(transaction, rules: rules, chainID: chainID)
    }
}

/// Why bytes are no transaction.
public enum TransactionDecodingError: Error, Hashable, Sendable {
    /// More bytes than any block could take.
    case tooLong(Int)
    /// No canonical RLP, or not of the fields that the kind has.
    case encoding(RLPError)
    /// A kind that does not exist here.
    case unsupportedKind(UInt8)
    /// A signature that nobody can have made, or whose *s* is in the upper half (EIP-2).
    case signature
}
