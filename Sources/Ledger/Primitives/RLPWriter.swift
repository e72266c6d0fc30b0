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
    public mutating func write(_ integer: UInt256) {
        let width = integer.byteWidth
        guard width > 1 || integer.w0 >= 0x80 else { return write(integer.w0) }
        bytes.append(0x80 + UInt8(truncatingIfNeeded: width))
        append(integer, width)
    }

    /// Writes a word with all of its 32 bytes, as a hash is written.
    mutating func writeWord(_ word: UInt256) {
        bytes.append(0xa0)
        append(word, 32)
    }

    /// The last bytes of a word.
    private mutating func append(_ word: UInt256, _ count: Int) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { buffer in
            guard let base = buffer.baseAddress else { return }
            word.store(to: base)
            bytes.append(contentsOf: UnsafeBufferPointer(start: base + 32 - count, count: count))
        }
    }

    /// Writes an integer: its bytes without leading zeros.
    public mutating func write(_ integer: UInt64) {
        if integer == 0 {
            bytes.append(0x80)
        } else if integer < 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: integer))
        } else {
            write(UInt256(integer))
        }
    }

    /// Writes an item that is already encoded.
    public mutating func writeEncoded(_ item: some Collection<UInt8>) {
        bytes.append(contentsOf: item)
    }

    /// Writes a list of what the closure writes.
    public mutating func list(_ items: (inout RLPWriter) -> Void) {
        let start = bytes.count
        items(&self)
        // The items move up to make way for the header, which cannot be known before them.
        let length = bytes.count - start
        if length < 56 {
            bytes.insert(0xc0 + UInt8(truncatingIfNeeded: length), at: start)
        } else {
            let digits = UInt256(count: length).minimalBytes
            let first = 0xf7 + UInt8(truncatingIfNeeded: digits.count)
            bytes.insert(contentsOf: [first] + digits, at: start)
        }
    }

    /// Makes room for as many bytes, so that writing them allocates once.
    mutating func reserve(_ count: Int) { bytes.reserveCapacity(bytes.count + count) }

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
