import SwiftProtobuf

/// Why bytes are not an acceptable protocol buffer message.
public enum ProtobufError: Error, Equatable, Sendable, CustomStringConvertible {
    /// More bytes than the protocol allows; nothing was parsed.
    case tooLong(byteCount: Int, limit: Int)
    /// Not a message of the expected type, or a required field is missing.
    case malformed

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .tooLong(let byteCount, let limit):
            "a message of \(byteCount) bytes, allowed are \(limit)"
        case .malformed: "the bytes are not a valid message"
        }
    }
}

extension Message {
    /// Parses a message of at most `limit` bytes. Fields this version does not know are dropped.
    init(bytes: [UInt8], limit: Int) throws(ProtobufError) {
        guard bytes.count <= limit else {
            throw .tooLong(byteCount: bytes.count, limit: limit)
        }
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        // Our deepest message has four levels; a low limit keeps hostile nesting off the stack.
        options.messageDepthLimit = 16
        do {
            try self.init(serializedBytes: bytes, options: options)
        } catch {
            throw .malformed
        }
    }
}
