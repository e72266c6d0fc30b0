/// An RLP item as a tree, for tools and tests; the ledger's own types use ``RLPReader``.
public indirect enum RLPValue: Hashable, Sendable {
    /// A string of bytes.
    case string([UInt8])
    /// A list.
    case list([RLPValue])

    /// Lists nested deeper are refused, as each level costs a call: hostile input of a few
    /// kilobytes could otherwise overflow the stack.
    public static let maximumDepth = 1024

    /// Reads one item and nothing after it.
    public init(decoding bytes: [UInt8]) throws(RLPError) {
        var reader = RLPReader(bytes)
        self = try RLPValue.read(&reader, depth: 0)
        try reader.finish()
    }

    private static func read(_ reader: inout RLPReader, depth: Int) throws(RLPError) -> RLPValue {
        guard depth < maximumDepth else { throw .tooDeep(limit: maximumDepth) }
        switch try reader.next() {
        case .string(let bytes): return .string(Array(bytes))
        case .list(var items):
            var values: [RLPValue] = []
            while !items.isAtEnd { values.append(try read(&items, depth: depth + 1)) }
            return .list(values)
        }
    }

    /// The encoding.
    public var encoded: [UInt8] {
        var writer = RLPWriter()
        write(to: &writer)
        return writer.bytes
    }

    private func write(to writer: inout RLPWriter) {
        switch self {
        case .string(let bytes): writer.write(bytes)
        case .list(let values):
            writer.list { list in for value in values { value.write(to: &list) } }
        }
    }
}
