/// Arithmetic on vectors of `Float` that gives the same bits on every machine.
///
/// Members compare SHA-256 hashes of models, so every kernel fixes its order of operations: element
/// by element in elementwise kernels (which the compiler may then vectorise freely, as lanes never
/// meet), and four named lanes in reductions. A product and a sum are not fused: `a + w * x` rounds
/// twice everywhere, where `addingProduct` would round once and, without an FMA instruction, call
/// into libm for every element. Squared distances, which are twice as fast fused, always are.
///
/// Loops run over raw pointers with `while`: the optimiser turns them into SIMD at memory speed, and
/// an unoptimised build stays usable, which generic `SIMDn` code does not.
public enum VectorKernels {
    /// `target[i] += scale * x[i]`.
    ///
    /// - Precondition: equal lengths.
    public static func addScaled(_ x: [Float], by scale: Float, to target: inout [Float]) {
        precondition(x.count == target.count, "vectors of \(x.count) and \(target.count) elements")
        let count = x.count
        x.withUnsafeBufferPointer { source in
            target.withUnsafeMutableBufferPointer { destination in
                guard let source = source.baseAddress, let destination = destination.baseAddress
                else { return }
                addScaled(source, by: scale, to: destination, count: count)
            }
        }
    }

    /// `lhs[i] - rhs[i]`.
    ///
    /// - Precondition: equal lengths.
    public static func difference(_ lhs: [Float], _ rhs: [Float]) -> [Float] {
        precondition(lhs.count == rhs.count, "vectors of \(lhs.count) and \(rhs.count) elements")
        var result = lhs
        addScaled(rhs, by: -1, to: &result)
        return result
    }

    /// The inner product, accumulated in `Double` over four lanes (element *i* in lane *i* mod 4).
    ///
    /// - Precondition: equal lengths.
    public static func dot(_ lhs: [Float], _ rhs: [Float]) -> Double {
        precondition(lhs.count == rhs.count, "vectors of \(lhs.count) and \(rhs.count) elements")
        let count = lhs.count
        return lhs.withUnsafeBufferPointer { left in
            rhs.withUnsafeBufferPointer { right in
                guard let a = left.baseAddress, let b = right.baseAddress else { return 0 }
                var lane0 = 0.0
                var lane1 = 0.0
                var lane2 = 0.0
                var lane3 = 0.0
                var i = 0
                while i + 4 <= count {
                    lane0 += Double(a[i]) * Double(b[i])
                    lane1 += Double(a[i + 1]) * Double(b[i + 1])
                    lane2 += Double(a[i + 2]) * Double(b[i + 2])
                    lane3 += Double(a[i + 3]) * Double(b[i + 3])
                    i += 4
                }
                if i < count { lane0 += Double(a[i]) * Double(b[i]) }
                if i + 1 < count { lane1 += Double(a[i + 1]) * Double(b[i + 1]) }
                if i + 2 < count { lane2 += Double(a[i + 2]) * Double(b[i + 2]) }
                return (lane0 + lane1) + (lane2 + lane3)
            }
        }
    }

    /// The Euclidean norm, in `Double`: squares of `Float` can neither overflow nor vanish there.
    public static func norm(_ x: [Float]) -> Double { dot(x, x).squareRoot() }

    /// Whether no element is infinite or NaN.
    public static func isFinite(_ x: [Float]) -> Bool {
        let count = x.count
        return x.withUnsafeBufferPointer { buffer in
            guard let a = buffer.baseAddress else { return true }
            // An exponent of all ones marks infinity and NaN; OR-ing the flags keeps the loop free of
            // branches.
            let exponent: UInt32 = 0x7F80_0000
            var special: UInt32 = 0
            var i = 0
            while i < count {
                special |= (a[i].bitPattern & exponent) == exponent ? 1 : 0
                i += 1
            }
            return special == 0
        }
    }

    @inline(__always)
    static func addScaled(
        _ x: UnsafePointer<Float>, by scale: Float, to target: UnsafeMutablePointer<Float>,
        count: Int
    ) {
        var i = 0
        while i < count {
            target[i] = target[i] + scale * x[i]
            i += 1
        }
    }
}
