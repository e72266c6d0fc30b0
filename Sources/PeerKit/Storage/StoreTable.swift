/// The name of a table in a ``KeyValueStore``.
///
/// A name is 1 to ``StorageLimits/maximumTableNameBytes`` bytes of lower-case ASCII letters,
/// digits, `-`, `.` and `/`, and starts with a letter. Names are on disk and so part of the storage
/// format: they are written in the source as literals, never built from what a peer sends.
public struct StoreTable: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The name as stored on disk.
    public let name: String

    /// Checks a name.
    ///
    /// - Throws: ``StorageError/invalidTableName(_:)``.
    public init(_ name: String) throws(StorageError) {
        guard Self.isValid(name) else { throw .invalidTableName(name) }
        self.name = name
    }

    /// A name in the source.
    ///
    /// - Precondition: The literal is a valid name; anything else is a bug in the caller.
    public init(stringLiteral name: StaticString) {
        let text = name.description
        precondition(Self.isValid(text), "not a table name: \(text)")
        self.name = text
    }

    /// The name.
    public var description: String { name }

    private static func isValid(_ name: String) -> Bool {
        let bytes = name.utf8
        guard let first = bytes.first, bytes.count <= StorageLimits.maximumTableNameBytes else {
            return false
        }
        return isLetter(first) && bytes.allSatisfy { isLetter($0) || isOther($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    private static func isOther(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/")
    }
}
