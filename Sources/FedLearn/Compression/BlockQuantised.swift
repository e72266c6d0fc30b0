/// Values as bytes: each block has one scale, the largest magnitude in it over 127.
///
/// The error of a value is at most half its block's scale.
public struct BlockQuantised: Hashable, Sendable {
    /// Values per block; 0 for one block of all.
    public let block: Int
    /// One per block.
    public let scales: [Float]
    /// One per value, −127...127; −128 is not used, so that signs are symmetric.
    public let levels: [Int8]

    /// - Precondition: as many scales as blocks.
    init(block: Int, scales: [Float], levels: [Int8]) {
        self.block = block
        self.scales = scales
        self.levels = levels
    }

    /// Quantises finite values, rounding half to even.
    ///
    /// - Precondition: `values` are finite and `block >= 0`.
    init(_ values: [Float], block: Int) {
        let size = Self.size(block: block, count: values.count)
        var scales: [Float] = []
        scales.reserveCapacity(Self.blockCount(block: block, count: values.count))
        var levels = [Int8](repeating: 0, count: values.count)
        values.withUnsafeBufferPointer { x in
            levels.withUnsafeMutableBufferPointer { q in
                guard let x = x.baseAddress, let q = q.baseAddress else { return }
                var start = 0
                while start < values.count {
                    let length = min(size, values.count - start)
                    let scale = Self.scale(of: x + start, count: length)
                    scales.append(scale)
                    if scale > 0 {
                        Self.quantise(x + start, by: scale, to: q + start, count: length)
                    }
                    start += length
                }
            }
        }
        self.init(block: block, scales: scales, levels: levels)
    }

    private static func scale(of x: UnsafePointer<Float>, count: Int) -> Float {
        // Magnitudes are ordered like their bit patterns.
        var largest: UInt32 = 0
        var i = 0
        while i < count {
            largest = max(largest, x[i].bitPattern & 0x7FFF_FFFF)
            i += 1
        }
        let scale = Float(bitPattern: largest) / 127
        // Next to the largest float the product may be rounded to infinity.
        return (scale * 127).isInfinite ? scale.nextDown : scale
    }

    private static func quantise(
        _ x: UnsafePointer<Float>, by scale: Float, to q: UnsafeMutablePointer<Int8>, count: Int
    ) {
        // Added to a float of at most 2^22, 1.5 · 2^23 rounds it half to even and leaves the integer,
        // as two's complement, in the lowest bits.
        let magic: Float = 12_582_912
        var i = 0
        while i < count {
            let quotient = x[i] / scale
            // Where the scale is subnormal the quotient may be larger than 127, even infinite.
            let above = quotient > -127 ? quotient : -127
            let held = above < 127 ? above : 127
            q[i] = Int8(truncatingIfNeeded: (held + magic).bitPattern)
            i += 1
        }
    }

    /// How many values share a scale.
    static func size(block: Int, count: Int) -> Int { block == 0 ? max(count, 1) : block }

    /// How many blocks `count` values make.
    static func blockCount(block: Int, count: Int) -> Int {
        let size = size(block: block, count: count)
        return (count + size - 1) / size
    }

    /// level · scale.
    func expanded() -> [Float] {
        let size = Self.size(block: block, count: levels.count)
        var result = [Float](repeating: 0, count: levels.count)
        for (index, scale) in scales.enumerated() {
            let start = index * size
            for position in start..<min(start + size, levels.count) {
                result[position] = Float(levels[position]) * scale
            }
        }
        return result
    }
}
