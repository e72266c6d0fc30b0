#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import Ledger

/// Bytes that stand in JSON as base64.
struct Base64Bytes: Equatable, Sendable {
    var bytes: [UInt8]

    init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// The bytes as text, if that is what they are: UTF-8 without control characters but for tabs and
    /// line ends.
    var text: String? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let isPlain = text.unicodeScalars.allSatisfy {
            $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control
        }
        return isPlain ? text : nil
    }

    /// For people: the text, or `0x` and hexadecimal digits.
    var shown: String { text ?? Hexadecimal.data(bytes) }
}

extension Base64Bytes: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let data = Data(base64Encoded: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not base64")
        }
        bytes = Array(data)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Data(bytes).base64EncodedString())
    }
}

extension Hexadecimal {
    /// The bytes behind `0x`; `nil` for what does not begin so: it may be meant as text.
    static func prefixed(_ text: String) -> [UInt8]? { text.hasPrefix("0x") ? bytes(text) : nil }
}
