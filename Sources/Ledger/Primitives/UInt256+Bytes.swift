extension UInt256 {
    /// Reads 32 big-endian bytes.
    @inlinable @inline(__always)
    public init(loading bytes: UnsafePointer<UInt8>) {
        let raw = UnsafeRawPointer(bytes)
        self.init(
            UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 24, as: UInt64.self)),
            UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
            UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
            UInt64(bigEndian: raw.loadUnaligned(as: UInt64.self)))
    }

    /// Writes 32 big-endian bytes.
    @inlinable @inline(__always)
    public func store(to bytes: UnsafeMutablePointer<UInt8>) {
        let raw = UnsafeMutableRawPointer(bytes)
        raw.storeBytes(of: w3.bigEndian, as: UInt64.self)
        raw.storeBytes(of: w2.bigEndian, toByteOffset: 8, as: UInt64.self)
        raw.storeBytes(of: w1.bigEndian, toByteOffset: 16, as: UInt64.self)
        raw.storeBytes(of: w0.bigEndian, toByteOffset: 24, as: UInt64.self)
    }

    /// The number of a big-endian string of at most 32 bytes; `nil` for a longer one.
    public init?(bigEndian bytes: some Collection<UInt8>) {
        guard bytes.count <= 32 else { return nil }
        if let word = bytes.withContiguousStorageIfAvailable({ UInt256(shortBigEndian: $0) }) {
            self = word
            return
        }
        self = .zero
        for byte in bytes { self = self << 8 | UInt256(UInt64(byte)) }
    }

    /// At most 32 big-endian bytes that lie together.
    private init(shortBigEndian bytes: UnsafeBufferPointer<UInt8>) {
        self = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { padded in
            guard let base = padded.baseAddress else { return .zero }
            let start = 32 - bytes.count
            base.initialize(repeating: 0, count: start)
            if let source = bytes.baseAddress {
                (base + start).initialize(from: source, count: bytes.count)
            }
            return UInt256(loading: base)
        }
    }

    /// 32 big-endian bytes.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            if let base = buffer.baseAddress { store(to: base) }
            count = 32
        }
    }

    /// The big-endian bytes without leading zeros; none for 0, as RLP wants integers.
    public var minimalBytes: ArraySlice<UInt8> { bytes.suffix(byteWidth) }
}
