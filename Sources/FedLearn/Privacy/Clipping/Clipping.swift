/// Scales vectors down until their norm is at most a bound: what one client, or one example, can
/// change at most.
public struct Clipping: Hashable, Codable, Sendable {
    /// Which norm is bounded.
    public let norm: VectorNorm
    /// Its bound *C*; positive and finite.
    public let bound: Double

    /// Creates a clipping rule.
    ///
    /// - Throws: ``PrivacyError/invalid(_:)`` unless `bound` is positive and finite.
    public init(norm: VectorNorm = .l2, bound: Double) throws(PrivacyError) {
        guard bound > 0, bound < .infinity else {
            throw .invalid("clipping bound \(bound): expected a positive finite number")
        }
        self.norm = norm
        self.bound = bound
    }

    /// What happened to a vector.
    public struct Outcome: Hashable, Sendable {
        /// The norm before clipping.
        public let norm: Double
        /// Whether it was above the bound.
        public let wasClipped: Bool
    }

    /// Scales `values` by min(1, *C* / norm); afterwards the norm is at most *C*, not *C* and a
    /// rounding error, since guarantees are computed from *C*.
    ///
    /// - Throws: ``PrivacyError/notFinite``; `values` are unchanged then.
    public func clip(_ values: inout [Float]) throws(PrivacyError) -> Outcome {
        guard VectorKernels.isFinite(values) else { throw .notFinite }
        let length = norm.measure(values)
        guard length > bound else { return Outcome(norm: length, wasClipped: false) }
        // Each value is rounded to Float (relative error below 2^-24), so the factor leaves as much.
        let factor = bound / length * (1 - 0x1p-23)
        values.withUnsafeMutableBufferPointer { x in
            var i = 0
            while i < x.count {
                x[i] = Float(Double(x[i]) * factor)
                i += 1
            }
        }
        return Outcome(norm: length, wasClipped: true)
    }
}
