#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The byte memory of a frame: zeros that grow in words of 32 bytes (Yellow Paper, §9.1).
struct FrameMemory: ~Copyable {
    private(set) var base: UnsafeMutablePointer<UInt8>
    /// How many bytes exist; a multiple of 32.
    private(set) var size = 0
    private var capacity: Int

    init() {
        capacity = 1024
        base = .allocate(capacity: capacity)
    }

    deinit { base.deallocate() }

    /// Makes it empty for the next frame.
    mutating func clear() {
        size = 0
        guard capacity > EVMLimits.keptMemoryBytes else { return }
        base.deallocate()
        capacity = 1024
        base = .allocate(capacity: capacity)
    }

    /// What memory of some words costs in all (Yellow Paper, equation 328).
    @inline(__always)
    static func cost(words: Int64) -> Int64 { 3 &* words &+ (words &* words) >> 9 }

    /// Grows to a multiple of 32 that is larger than the present size and has been paid for.
    mutating func grow(to newSize: Int) {
        if newSize > capacity {
            capacity = max(newSize, capacity * 2)
            let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
            larger.update(from: base, count: size)
            base.deallocate()
            base = larger
        }
        memset(base + size, 0, newSize - size)
        size = newSize
    }

    /// A copy of a part that exists.
    func bytes(_ offset: Int, _ count: Int) -> [UInt8] {
        if count == 0 { return [] }
        return Array(UnsafeBufferPointer(start: base + offset, count: count))
    }

    /// Copies a part of bytes into a part that exists, with zeros where the bytes have ended.
    func copy(
        _ source: UnsafeBufferPointer<UInt8>, from start: UInt256, to offset: Int, count: Int
    ) {
        if count == 0 { return }
        let available =
            start.fitsUInt64 && start.w0 < UInt64(source.count)
            ? min(count, source.count - Int(start.w0)) : 0
        if available > 0, let from = source.baseAddress {
            memmove(base + offset, from + Int(start.w0), available)
        }
        if available < count { memset(base + offset + available, 0, count - available) }
    }
}
