/// Writes the fields of a protobuf message.
struct WireWriter: Sendable {
    /// What has been written.
    private(set) var bytes: [UInt8] = []

    /// An empty message.
    init() {}

    /// Writes a number; zero too.
    mutating func write(_ value: UInt64, tag: UInt64) {
        append(tag << 3)
        append(value)
    }

    /// Writes bytes, a text or an embedded message.
    mutating func write(_ value: [UInt8], tag: UInt64) {
        append(tag << 3 | 2)
        append(UInt64(value.count))
        bytes += value
    }

    private mutating func append(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
