/// Writes RLP (Yellow Paper, appendix B), always in its one canonical form.
public struct RLPWriter: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []

    /// An empty writer.
    public init() {}

    /// Writes a string of bytes.
    public mutating func write(_ string: some Collection<UInt8>) {
        if string.count == 1, let byte = string.first, byte < 0x80 {
            bytes.append(byte)
            return
        }
        header(0x80, length: string.count)
        bytes.append(contentsOf: string)
    }

    /// Writes an integer: its bytes without leading zeros.
    public mutating func write(_ integer: UInt256) { write(integer.minimalBytes) }

    /// Writes an integer: its bytes without leading zeros.
    public mutating func write(_ integer: UInt64) {
        if integer == 0 {
            bytes.append(0x80)
        } else if integer < 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: integer))
        } else {
            write(UInt256(integer).minimalBytes)
        }
    }

    /// Writes an item that is already encoded.
    public mutating func writeEncoded(_ item: some Collection<UInt8>) {
        bytes.append(contentsOf: item)
    }

    /// Writes a list of what the closure writes.
    public mutating func list(_ items: (inout RLPWriter) -> Void) {
        var inner = RLPWriter()
        items(&inner)
        header(0xc0, length: inner.bytes.count)
        bytes.append(contentsOf: inner.bytes)
    }

    private mutating func header(_ base: UInt8, length: Int) {
        if length < 56 {
            bytes.append(base + UInt8(truncatingIfNeeded: length))
        } else {
            let digits = UInt256(count: length).minimalBytes
            bytes.append(base + 55 + UInt8(truncatingIfNeeded: digits.count))
            bytes.append(contentsOf: digits)
        }
    }
}
