import Crypto

/// Why words are not a mnemonic.
public enum MnemonicError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Not 12, 15, 18, 21 or 24 words.
    case wordCount(Int)
    /// A word that is not in the list; counted from 1.
    case unknownWord(position: Int)
    /// All words are in the list, but they do not belong together.
    case wrongChecksum
    /// Entropy of a length that makes no number of words.
    case entropyLength(Int)

    /// What is wrong, in words for people. Names no word: they are secret.
    public var description: String {
        switch self {
        case .wordCount(let count): "\(count) words; a mnemonic has 12, 15, 18, 21 or 24"
        case .unknownWord(let position): "word \(position) is not in the English list of BIP-39"
        case .wrongChecksum: "the words do not belong together: one is wrong or out of place"
        case .entropyLength(let count): "entropy of \(count) bytes; expected 16, 20, 24, 28 or 32"
        }
    }
}

/// Words that stand for a secret, to be written on paper (BIP-39, English).
///
/// The words are the secret itself: whoever has read them has the keys.
///
/// Source: https://github.com/bitcoin/bips/blob/master/bip-0039.mediawiki
public struct Mnemonic: Sendable {
    /// Numbers of words that a mnemonic may have.
    public static let wordCounts = [12, 15, 18, 21, 24]

    private let entropy: GuardedBytes

    /// The mnemonic of some entropy: 16, 20, 24, 28 or 32 bytes.
    public init(entropy: [UInt8]) throws(MnemonicError) {
        guard (16...32).contains(entropy.count), entropy.count.isMultiple(of: 4) else {
            throw .entropyLength(entropy.count)
        }
        self.entropy = GuardedBytes(entropy)
    }

    /// Reads words as people type them: in any case, with any white space between them.
    public init(phrase: String) throws(MnemonicError) {
        let words = CompatibilityDecomposition.nfkd(phrase).lowercased().split(whereSeparator: \.isWhitespace)
        guard Self.wordCounts.contains(words.count) else { throw .wordCount(words.count) }
        // Eleven bits a word; the last of them are the checksum.
        var bits: [Bool] = []
        for (position, word) in words.enumerated() {
            guard let index = MnemonicWords.index(of: word) else {
                throw .unknownWord(position: position + 1)
            }
            for bit in (0..<11).reversed() { bits.append(index >> bit & 1 == 1) }
        }
        let entropyBits = bits.count * 32 / 33
        var bytes = [UInt8](repeating: 0, count: entropyBits / 8)
        defer { Sodium.wipe(&bytes) }
        for index in 0..<entropyBits where bits[index] { bytes[index / 8] |= 0x80 >> (index % 8) }
        guard Self.checksum(of: bytes).elementsEqual(bits[entropyBits...]) else {
            throw .wrongChecksum
        }
        try self.init(entropy: bytes)
    }

    /// A new mnemonic. Use the system's generator for one that guards anything.
    public static func generate(
        wordCount: Int = 24, using generator: inout some RandomNumberGenerator
    ) throws(MnemonicError) -> Mnemonic {
        guard wordCounts.contains(wordCount) else { throw .wordCount(wordCount) }
        var entropy: [UInt8] = []
        defer { Sodium.wipe(&entropy) }
        for _ in 0..<(wordCount * 4 / 3) { entropy.append(.random(in: 0...255, using: &generator)) }
        return try Mnemonic(entropy: entropy)
    }

    /// The words. Secret.
    public var words: [String] {
        var bytes = entropy.copy
        defer { Sodium.wipe(&bytes) }
        var bits: [Bool] = []
        for byte in bytes {
            for shift in 0..<8 { bits.append(byte & 0x80 >> shift != 0) }
        }
        bits += Self.checksum(of: bytes)
        return stride(from: 0, to: bits.count, by: 11).map { start in
            MnemonicWords.all[bits[start..<(start + 11)].reduce(0) { $0 << 1 | ($1 ? 1 : 0) }]
        }
    }

    /// The words in one line. Secret.
    public var phrase: String { words.joined(separator: " ") }

    /// The seed of 64 bytes that keys are derived from: PBKDF2 with HMAC-SHA512, 2,048 rounds.
    ///
    /// - Parameter passphrase: A part of the secret that is not on paper, in any writing: its normal
    ///   form NFKD counts. Another passphrase gives other keys, none is wrong.
    public func seed(passphrase: String = "") -> [UInt8] {
        Self.seed(ofUncheckedPhrase: phrase, passphrase: passphrase)
    }

    /// The seed of any words, as BIP-39 allows: those of another language's list, whose checksum
    /// nobody looks at here, or none at all.
    ///
    /// - Parameters:
    ///   - phrase: The words with one space between them; their normal form NFKD counts.
    ///   - passphrase: As in ``seed(passphrase:)``.
    public static func seed(ofUncheckedPhrase phrase: String, passphrase: String = "") -> [UInt8] {
        var password = Array(CompatibilityDecomposition.nfkd(phrase).utf8)
        defer { Sodium.wipe(&password) }
        let salt = "mnemonic" + CompatibilityDecomposition.nfkd(passphrase)
        return PBKDF2.block(SHA512.self, password: password, salt: Array(salt.utf8), rounds: 2048)
    }

    /// One bit of the hash for each 32 bits of entropy.
    private static func checksum(of entropy: [UInt8]) -> [Bool] {
        let hash = Array(SHA256.hash(data: entropy))
        return (0..<(entropy.count / 4)).map { hash[$0 / 8] & 0x80 >> ($0 % 8) != 0 }
    }
}

extension Mnemonic: CustomStringConvertible, CustomReflectable {
    /// Tells nothing.
    public var description: String { "mnemonic of \(entropy.count * 3 / 4) words" }
    /// Shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
