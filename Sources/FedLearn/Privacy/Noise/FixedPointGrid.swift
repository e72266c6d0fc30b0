/// Real numbers as integers: multiples of 2^-f within a bound.
///
/// Sums of integers do not depend on their order, masks cancel in them exactly, and noise on them is
/// exact, so everything that is summed in secret or hashed lives here.
public struct FixedPointGrid: Hashable, Codable, Sendable {
    /// The bits *f* behind the binary point.
    public let fractionBits: Int
    /// Values are held within ±`bound`.
    public let bound: Float

    /// Creates a grid.
    ///
    /// - Throws: ``PrivacyError/invalid(_:)`` unless a bounded value fits 31 bits.
    public init(fractionBits: Int = 20, bound: Float) throws(PrivacyError) {
        guard (0...PrivacyLimits.maximumFractionBits).contains(fractionBits) else {
            throw .invalid(
                "\(fractionBits) fraction bits: expected 0 to \(PrivacyLimits.maximumFractionBits)")
        }
        guard bound > 0, Double(bound) * Double(1 << fractionBits) < 0x1p31 else {
            throw .invalid("bound \(bound) with \(fractionBits) fraction bits: below 2^31 in all")
        }
        self.fractionBits = fractionBits
        self.bound = bound
    }

    /// How many steps of the grid make 1.
    public var scale: Double { Double(1 << fractionBits) }

    /// The largest magnitude of a grid value.
    public var maximumSteps: Int { Int((Double(bound) * scale).rounded(.toNearestOrEven)) }

    /// The nearest grid values, ties to even, after holding each within ±``bound``.
    ///
    /// - Throws: ``PrivacyError/notFinite``.
    public func quantise(_ values: [Float]) throws(PrivacyError) -> [Int32] {
        guard VectorKernels.isFinite(values) else { throw .notFinite }
        let scale = self.scale
        var result = [Int32](repeating: 0, count: values.count)
        for index in values.indices {
            let held = min(max(values[index], -bound), bound)
            result[index] = Int32((Double(held) * scale).rounded(.toNearestOrEven))
        }
        return result
    }

    /// Quantises and then shortens the integer vector until its Euclidean norm is at most
    /// `norm` · 2^f *exactly*, which rounding alone may miss: the sensitivity that noise is computed
    /// from is that of the integers.
    ///
    /// - Throws: ``PrivacyError/notFinite``, ``PrivacyError/invalid(_:)``.
    public func quantise(
        _ values: [Float], clippedToNorm norm: Double
    ) throws(PrivacyError) -> [Int32] {
        var clipped = values
        _ = try Clipping(norm: .l2, bound: norm).clip(&clipped)
        var result = try quantise(clipped)
        let limit = norm * scale
        let square = (limit * limit).rounded(.down)
        guard square < 0x1p62 else { throw .invalid("norm \(norm) on this grid: below 2^31 steps") }
        // Moving every value one step towards zero shortens the vector by at least its rounding.
        while Self.squaredNorm(of: result) > UInt128(square) {
            for index in result.indices { result[index] -= result[index].signum() }
        }
        return result
    }

    /// The real numbers that `steps` stand for.
    public func dequantise(_ steps: [Int32]) -> [Float] {
        let scale = self.scale
        return steps.map { Float(Double($0) / scale) }
    }

    /// How many vectors can be summed, with noise of `noiseDeviation` steps on the sum, without
    /// leaving 32 bits but for one coordinate in 10^22.
    public func maximumSummands(noiseDeviation: Double = 0) -> Int {
        let room = 0x1p31 - 1 - 10 * noiseDeviation
        return room > 0 ? Int(room / Double(max(maximumSteps, 1))) : 0
    }

    static func squaredNorm(of steps: [Int32]) -> UInt128 {
        var total: UInt128 = 0
        for step in steps {
            let magnitude = UInt64(step.magnitude)
            total += UInt128(magnitude * magnitude)
        }
        return total
    }
}
