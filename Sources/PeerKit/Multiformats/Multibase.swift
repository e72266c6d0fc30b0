/// A base that a text names by its first character.
///
/// Source: https://github.com/multiformats/multibase
public enum Multibase: Character, CaseIterable, Sendable {
    /// Lower-case hexadecimal.
    case base16 = "f"
    /// Upper-case hexadecimal.
    case base16Upper = "F"
    /// Lower-case base32 without padding, the usual base of CIDs of version 1.
    case base32 = "b"
    /// Upper-case base32 without padding.
    case base32Upper = "B"
    /// Base58 with Bitcoin's alphabet.
    case base58btc = "z"
    /// Base64 without padding.
    case base64 = "m"
    /// Base64 with "-" and "_", without padding.
    case base64url = "u"

    /// The prefix character and the bytes in this base.
    public func encode(_ bytes: [UInt8]) -> String {
        let text =
            switch self {
            case .base16: Base16.lower.encode(bytes)
            case .base16Upper: Base16.upper.encode(bytes)
            case .base32: Base32.lower.encode(bytes)
            case .base32Upper: Base32.upper.encode(bytes)
            case .base58btc: Base58.encode(bytes)
            case .base64: Base64.standard.encode(bytes)
            case .base64url: Base64.urlSafe.encode(bytes)
            }
        return String(rawValue) + text
    }

    /// Decodes a text that begins with the character of its base.
    ///
    /// Base16 and base32 accept digits of either case, whatever the case of the prefix.
    /// Offsets in errors count from the character behind the prefix.
    public static func decode(
        _ text: String
    ) throws(BaseEncodingError) -> (base: Multibase, bytes: [UInt8]) {
        guard let prefix = text.first else { throw .empty }
        guard let base = Multibase(rawValue: prefix) else { throw .unknownBase(prefix) }
        let digits = text.dropFirst()
        let bytes =
            switch base {
            case .base16, .base16Upper: try Base16.lower.decode(digits)
            case .base32, .base32Upper: try Base32.lower.decode(digits)
            case .base58btc: try Base58.decode(digits)
            case .base64: try Base64.standard.decode(digits)
            case .base64url: try Base64.urlSafe.decode(digits)
            }
        return (base, bytes)
    }
}
