/// What native contracts pay for. Storage, logs and hashing cost what they cost compiled code
/// (Yellow Paper, appendix G, with EIP-2929 and EIP-3529); the rest was priced by its time on one core
/// beside that of ECRECOVER (3,000 gas, some 40 µs). Consensus: all nodes must agree on it.
public enum NativeGas {
    /// Every call: to find the function.
    public static let call: Int64 = 100
    /// A word of call data or of the answer, to decode or encode it.
    public static let word: Int64 = 6
    /// Verifying an Ed25519 signature, and each word of its message on top as hashing.
    public static let ed25519: Int64 = 4000
    /// A hash, and each word of what is hashed.
    public static let hash: Int64 = 30
    /// A word that is hashed.
    public static let hashWord: Int64 = GasCost.hashWord
    /// A log, its topics and the bytes of its data.
    public static let log: Int64 = 375
    /// Moving value to an account.
    public static let transfer: Int64 = GasCost.callValue
}
