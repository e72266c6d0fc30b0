import Crypto

/// 0x02, SHA-256 (FIPS 180-4).
enum SHA256Precompile {
    /// The digest's 32 bytes.
    static func run(_ input: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: input)) }
}
