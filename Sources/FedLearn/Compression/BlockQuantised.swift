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
        var levels = [Int8](repeating: 0, count: values.count)
        var start = 0
        while start < values.count {
            let end = min(start + size, values.count)
            var largest: Float = 0
            for index in start..<end { largest = max(largest, abs(values[index])) }
            var scale = largest / 127
            // Next to the largest float the product may be rounded to infinity.
            if (scale * 127).isInfinite { scale = scale.nextDown }
            scales.append(scale)
            if scale > 0 {
                for index in start..<end {
                    let level = (values[index] / scale).rounded(.toNearestOrEven)
                    // Where the scale is subnormal the quotient may be larger, even infinite.
                    levels[index] = Int8(min(max(level, -127), 127))
                }
            }
            start = end
        }
        self.init(block: block, scales: scales, levels: levels)
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
