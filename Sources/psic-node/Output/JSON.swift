#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// JSON in one line, keys in order, the same for the same value.
enum JSON {
    /// Encodes a value.
    static func bytes(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return Array(try encoder.encode(value))
    }

    /// Encodes a value of this program's own.
    static func text(_ value: some Encodable) -> String {
        do {
            return String(decoding: try bytes(value), as: UTF8.self)
        } catch {
            // Own types encode always; a message is better than a trap if one does not.
            return #"{"error":{"code":1,"message":"cannot encode the answer"}}"#
        }
    }

    /// Decodes bytes from outside.
    static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8]
    ) throws(JSONError) -> Value {
        do {
            let decoder = JSONDecoder()
            decoder.nonConformingFloatDecodingStrategy = .convertFromString(
                positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
            return try decoder.decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw JSONError(error)
        } catch {
            throw JSONError(reason: "\(error)")
        }
    }
}

/// Why bytes are not the JSON that was expected.
struct JSONError: Error, Equatable, CustomStringConvertible {
    var reason: String

    init(reason: String) { self.reason = reason }

    init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            reason = "\(Self.path(context))the field \"\(key.stringValue)\" is missing"
        case .typeMismatch(let type, let context):
            reason = "\(Self.path(context))expected \(type)"
        case .valueNotFound(let type, let context):
            reason = "\(Self.path(context))expected \(type), found null"
        case .dataCorrupted(let context):
            reason = "\(Self.path(context))\(context.debugDescription)"
        @unknown default:
            reason = "\(error)"
        }
    }

    var description: String { reason }

    private static func path(_ context: DecodingError.Context) -> String {
        let keys = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
        return keys.isEmpty ? "" : keys.joined(separator: ".") + ": "
    }
}
