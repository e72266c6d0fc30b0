/// How long a vector is said to be.
public enum VectorNorm: String, Hashable, Codable, Sendable, CaseIterable {
    /// The sum of the absolute values.
    case l1
    /// The Euclidean norm.
    case l2
    /// The largest absolute value.
    case linf

    /// The norm of `values`, accumulated in `Double` in a fixed order; NaN if any of them is NaN.
    public func measure(_ values: [Float]) -> Double {
        switch self {
        case .l2: VectorKernels.norm(values)
        case .l1: Self.absoluteSum(values)
        case .linf: Self.absoluteMaximum(values)
        }
    }

    private static func absoluteSum(_ values: [Float]) -> Double {
        values.withUnsafeBufferPointer { x in
            var lane0 = 0.0
            var lane1 = 0.0
            var i = 0
            while i + 2 <= x.count {
                lane0 += Double(abs(x[i]))
                lane1 += Double(abs(x[i + 1]))
                i += 2
            }
            if i < x.count { lane0 += Double(abs(x[i])) }
            return lane0 + lane1
        }
    }

    private static func absoluteMaximum(_ values: [Float]) -> Double {
        values.withUnsafeBufferPointer { x in
            // As bit patterns, absolute values are ordered like integers, NaN above infinity.
            var largest: UInt32 = 0
            var i = 0
            while i < x.count {
                largest = max(largest, x[i].bitPattern & 0x7FFF_FFFF)
                i += 1
            }
            return Double(Float(bitPattern: largest))
        }
    }
}
