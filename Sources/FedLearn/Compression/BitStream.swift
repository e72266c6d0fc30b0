/// Numbers of a few bits each, the lowest bit of a byte first.
struct BitWriter {
    private(set) var bytes: [UInt8] = []
    private var pending: UInt64 = 0
    private var pendingCount = 0

    /// Appends the lowest `count` bits, at most 32.
    mutating func append(_ value: Int, bits count: Int) {
        pending |= UInt64(value) << UInt64(pendingCount)
        pendingCount += count
        while pendingCount >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: pending))
            pending >>= 8
            pendingCount -= 8
        }
    }

    /// Appends `count` ones and a zero.
    mutating func appendUnary(_ count: Int) {
        var left = count
        while left >= 16 {
            append(0xFFFF, bits: 16)
            left -= 16
        }
        append(1 << left - 1, bits: left + 1)
    }

    /// Fills the last byte with zeros.
    mutating func finish() -> [UInt8] {
        if pendingCount > 0 {
            bytes.append(UInt8(truncatingIfNeeded: pending))
            pending = 0
            pendingCount = 0
        }
        return bytes
    }
}

/// Reads what ``BitWriter`` wrote.
struct BitReader {
    private let bytes: ArraySlice<UInt8>
    private var position = 0

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    private mutating func bit() throws(WireError) -> Int {
        guard position < 8 * bytes.count else { throw .truncated }
        defer { position += 1 }
        return Int(bytes[bytes.startIndex + position / 8] >> UInt8(position % 8) & 1)
    }

    mutating func read(bits count: Int) throws(WireError) -> Int {
        var value = 0
        for offset in 0..<count { value |= try bit() << offset }
        return value
    }

    mutating func readUnary(limit: Int) throws(WireError) -> Int {
        var count = 0
        while try bit() == 1 {
            count += 1
            guard count <= limit else { throw .outOfRange }
        }
        return count
    }

    /// Checks that only the last byte's filling is left, and that it is zero.
    mutating func finish() throws(WireError) {
        guard 8 * bytes.count - position < 8 else { throw .trailingBytes }
        while position < 8 * bytes.count {
            guard try bit() == 0 else { throw .notCanonical }
        }
    }
}
