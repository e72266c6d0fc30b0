/// Limits of key files, which may come from others: one that asks for a terabyte or a year is refused
/// before anything is computed.
public enum KeystoreLimits {
    /// Bytes of a file; usual ones have some 500.
    public static let fileBytes = 64 << 10
    /// Memory of scrypt, 128 · n · r bytes: what geth's standard setting takes.
    public static let scryptBytes: UInt64 = 256 << 20
    /// Time of scrypt, n · r · p: twice geth's standard setting, which takes about a second.
    public static let scryptWork: UInt64 = 1 << 22
    /// Rounds of PBKDF2: four times what eth-account asks for; a few seconds.
    public static let pbkdf2Rounds: UInt64 = 4_000_000
    /// Bytes of a salt.
    public static let saltBytes = 64
    /// Files that are looked at in a directory.
    public static let files = 10_000
}
