/// Base58 with Bitcoin's alphabet, the usual text of peer IDs and of CIDs of version 0.
///
/// Source: https://datatracker.ietf.org/doc/html/draft-msporny-base58-03
public enum Base58 {
    private static let alphabet = Array(
        "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)

    /// The value of each ASCII character, 0xff for characters outside the alphabet.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xff, count: 128)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    /// The bytes in base58; each leading zero byte becomes a leading "1".
    ///
    /// - Complexity: O(*n*²).
    public static func encode(_ bytes: [UInt8]) -> String {
        // Little-endian digits of the number that the bytes spell.
        var digits: [UInt8] = []
        digits.reserveCapacity(bytes.count * 138 / 100 + 1)
        let leadingZeros = bytes.prefix { $0 == 0 }.count
        for byte in bytes.dropFirst(leadingZeros) {
            var carry = UInt32(byte)
            for index in digits.indices {
                carry += UInt32(digits[index]) << 8
                digits[index] = UInt8(carry % 58)
                carry /= 58
            }
            while carry > 0 {
                digits.append(UInt8(carry % 58))
                carry /= 58
            }
        }
        var characters = [UInt8](repeating: alphabet[0], count: leadingZeros)
        characters.append(contentsOf: digits.reversed().map { alphabet[Int($0)] })
        return String(decoding: characters, as: UTF8.self)
    }

    /// The bytes that `text` stands for.
    ///
    /// - Throws: ``BaseEncodingError/tooLong(length:limit:)`` above
    ///   ``MultiformatsLimits/maximumBase58Length`` characters.
    /// - Complexity: O(*n*²).
    public static func decode(_ text: String) throws(BaseEncodingError) -> [UInt8] {
        try decode(text[...])
    }

    static func decode(_ text: Substring) throws(BaseEncodingError) -> [UInt8] {
        let limit = MultiformatsLimits.maximumBase58Length
        guard text.utf8.count <= limit else {
            throw .tooLong(length: text.utf8.count, limit: limit)
        }
        // Little-endian bytes of the number that the digits spell.
        var bytes: [UInt8] = []
        var leadingZeros = 0
        for (offset, character) in text.utf8.enumerated() {
            guard character < 128, values[Int(character)] != 0xff else {
                throw .invalidCharacter(text.character(atUTF8Offset: offset), offset: offset)
            }
            let value = values[Int(character)]
            if value == 0, bytes.isEmpty { leadingZeros += 1 }
            var carry = UInt32(value)
            for index in bytes.indices {
                carry += UInt32(bytes[index]) * 58
                bytes[index] = UInt8(truncatingIfNeeded: carry)
                carry >>= 8
            }
            if carry > 0 { bytes.append(UInt8(carry)) }
        }
        return [UInt8](repeating: 0, count: leadingZeros) + bytes.reversed()
    }
}
