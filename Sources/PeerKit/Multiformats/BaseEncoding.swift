/// Why a text is not valid in its base.
public enum BaseEncodingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A character outside the alphabet; `offset` counts bytes of UTF-8 from zero.
    case invalidCharacter(Character, offset: Int)
    /// No sequence of bytes encodes to a text of this length.
    case invalidLength(Int)
    /// Bits behind the last whole byte are not zero, so the text is not what an encoder writes.
    case nonZeroTrailingBits
    /// Longer than the decoder accepts.
    case tooLong(length: Int, limit: Int)
    /// The empty text, which lacks the multibase prefix.
    case empty
    /// A multibase prefix that names no base, or one not supported here.
    case unknownBase(Character)

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .invalidCharacter(let character, let offset):
            "'\(String(character).shortenedForMessages)' at offset \(offset) is not in the alphabet"
        case .invalidLength(let length): "no bytes encode to \(length) characters"
        case .nonZeroTrailingBits: "the last character has bits that belong to no byte"
        case .tooLong(let length, let limit):
            "the text has \(length) characters, allowed are \(limit)"
        case .empty: "the text is empty"
        case .unknownBase(let prefix):
            "'\(String(prefix).shortenedForMessages)' names no supported base"
        }
    }
}

/// Encoding in a base that is a power of two, without padding (RFC 4648 §4–§8).
struct PowerOfTwoBase: Sendable {
    let bitsPerCharacter: Int
    private let alphabet: [UInt8]
    /// The value of each ASCII character, 0xff for characters outside the alphabet.
    private let values: [UInt8]

    init(alphabet: String, bitsPerCharacter: Int, isCaseInsensitive: Bool) {
        precondition(alphabet.utf8.count == 1 << bitsPerCharacter)
        self.bitsPerCharacter = bitsPerCharacter
        self.alphabet = Array(alphabet.utf8)
        var values = [UInt8](repeating: 0xff, count: 128)
        for (value, character) in alphabet.utf8.enumerated() {
            values[Int(character)] = UInt8(value)
            let isLetter =
                (character >= 0x41 && character <= 0x5a)
                || (character >= 0x61 && character <= 0x7a)
            if isCaseInsensitive, isLetter { values[Int(character ^ 0x20)] = UInt8(value) }
        }
        self.values = values
    }

    func encode(_ bytes: [UInt8]) -> String {
        var characters: [UInt8] = []
        characters.reserveCapacity((bytes.count * 8 + bitsPerCharacter - 1) / bitsPerCharacter)
        let mask = UInt32(1 << bitsPerCharacter - 1)
        var pending: UInt32 = 0
        var pendingBits = 0
        for byte in bytes {
            pending = pending << 8 | UInt32(byte)
            pendingBits += 8
            while pendingBits >= bitsPerCharacter {
                pendingBits -= bitsPerCharacter
                characters.append(alphabet[Int(pending >> UInt32(pendingBits) & mask)])
            }
        }
        if pendingBits > 0 {
            let shift = UInt32(bitsPerCharacter - pendingBits)
            characters.append(alphabet[Int(pending << shift & mask)])
        }
        return String(decoding: characters, as: UTF8.self)
    }

    func decode(_ text: Substring) throws(BaseEncodingError) -> [UInt8] {
        let characters = text.utf8
        let limit = MultiformatsLimits.maximumBaseTextLength
        guard characters.count <= limit else {
            throw .tooLong(length: characters.count, limit: limit)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count * bitsPerCharacter / 8)
        var pending: UInt32 = 0
        var pendingBits = 0
        for (offset, character) in characters.enumerated() {
            guard character < 128, values[Int(character)] != 0xff else {
                throw .invalidCharacter(text.character(atUTF8Offset: offset), offset: offset)
            }
            pending = pending << UInt32(bitsPerCharacter) | UInt32(values[Int(character)])
            pendingBits += bitsPerCharacter
            if pendingBits >= 8 {
                pendingBits -= 8
                bytes.append(UInt8(truncatingIfNeeded: pending >> UInt32(pendingBits)))
            }
        }
        // A whole unused character at the end means that the length itself is impossible.
        guard pendingBits < bitsPerCharacter else { throw .invalidLength(characters.count) }
        guard pending & (1 << UInt32(pendingBits) - 1) == 0 else { throw .nonZeroTrailingBits }
        return bytes
    }
}

extension Substring {
    /// The character that begins at, or contains, the byte at `offset`, for error messages.
    func character(atUTF8Offset offset: Int) -> Character {
        let position = utf8.index(startIndex, offsetBy: offset, limitedBy: endIndex) ?? endIndex
        return position < endIndex ? Character(unicodeScalars[position]) : "\u{fffd}"
    }
}

/// Hexadecimal text, lower case without prefix (RFC 4648 §8). Decoding accepts either case.
public enum Base16 {
    static let lower = PowerOfTwoBase(
        alphabet: "0123456789abcdef", bitsPerCharacter: 4, isCaseInsensitive: true)
    static let upper = PowerOfTwoBase(
        alphabet: "0123456789ABCDEF", bitsPerCharacter: 4, isCaseInsensitive: true)

    /// The bytes as lower-case hexadecimal digits.
    public static func encode(_ bytes: [UInt8]) -> String { lower.encode(bytes) }

    /// The bytes that `text` stands for.
    public static func decode(_ text: String) throws(BaseEncodingError) -> [UInt8] {
        try lower.decode(text[...])
    }
}

/// Base32, lower case without padding (RFC 4648 §6). Decoding accepts either case.
public enum Base32 {
    static let lower = PowerOfTwoBase(
        alphabet: "abcdefghijklmnopqrstuvwxyz234567", bitsPerCharacter: 5, isCaseInsensitive: true)
    static let upper = PowerOfTwoBase(
        alphabet: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", bitsPerCharacter: 5, isCaseInsensitive: true)

    /// The bytes in lower-case base32.
    public static func encode(_ bytes: [UInt8]) -> String { lower.encode(bytes) }

    /// The bytes that `text` stands for.
    public static func decode(_ text: String) throws(BaseEncodingError) -> [UInt8] {
        try lower.decode(text[...])
    }
}

/// Base64 without padding (RFC 4648 §4 and §5).
enum Base64 {
    private static let common = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    static let standard = PowerOfTwoBase(
        alphabet: common + "+/", bitsPerCharacter: 6, isCaseInsensitive: false)
    static let urlSafe = PowerOfTwoBase(
        alphabet: common + "-_", bitsPerCharacter: 6, isCaseInsensitive: false)
}
