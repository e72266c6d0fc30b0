/// Values as randomly rounded shares of the vector's Euclidean norm.
///
/// Unbiased, with E‖y − x‖² ≤ min(D/s², √D/s) ‖x‖² for *s* steps (Alistarh et al. 2017, "QSGD", lemma
/// 3.1).
public struct NormQuantised: Hashable, Sendable {
    /// *s*, the steps from 0 to the norm.
    public let steps: Int
    /// The Euclidean norm, rounded to `Float`.
    public let norm: Float
    /// One per value, −`steps`...`steps`.
    public let levels: [Int8]

    /// Twice this is still a number, however a product with it is rounded.
    static let maximumNorm = Float.greatestFiniteMagnitude / 2

    init(steps: Int, norm: Float, levels: [Int8]) {
        self.steps = steps
        self.norm = norm
        self.levels = levels
    }

    /// Quantises finite values: level = ⌊s |x| / ‖x‖ + u⌋ with `uniform` giving each *u* in 0..<1.
    ///
    /// - Throws: ``CompressionError/notFinite`` for a norm that `Float` cannot hold with room to spare.
    /// - Precondition: `values` are finite, `steps` in 1...127.
    init(_ values: [Float], steps: Int, uniform: () -> Double) throws(CompressionError) {
        let length = VectorKernels.norm(values)
        guard length <= Double(Self.maximumNorm) else { throw .notFinite }
        let factor = length > 0 ? Double(steps) / length : 0
        var levels = [Int8](repeating: 0, count: values.count)
        for index in values.indices {
            let level = (Double(abs(values[index])) * factor + uniform()).rounded(.down)
            let magnitude = Int8(min(level, Double(steps)))
            levels[index] = values[index] < 0 ? -magnitude : magnitude
        }
        self.init(steps: steps, norm: Float(length), levels: levels)
    }

    /// Bits of one level on the wire.
    static func bits(steps: Int) -> Int { Int.bitWidth - (2 * steps).leadingZeroBitCount }

    /// level · norm / s.
    func expanded() -> [Float] {
        let step = norm / Float(steps)
        return levels.map { Float($0) * step }
    }
}
