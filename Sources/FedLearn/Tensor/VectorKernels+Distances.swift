import CTensor

extension VectorKernels {
    /// The squared Euclidean distance of every two rows over the coordinates in `range`.
    ///
    /// Differences come before squares: |a|² + |b|² − 2ab would cancel when updates are close to each
    /// other, which is when it matters. Squares are added in `Float` over blocks of 1,024 coordinates,
    /// in 16 lanes of 64 terms, and blocks in `Double`: a relative error below 68 · 2⁻²⁴ in theory,
    /// around 10⁻⁷ in practice. Here alone a product is fused with its sum, on purpose and on every
    /// machine (see CTensor).
    ///
    /// - Parameters:
    ///   - rows: Vectors that reach to the end of `range`; within ±10¹⁷, as squares must fit `Float`.
    ///   - originIncluded: Whether an origin is added as last point, whose distances are the norms.
    /// - Returns: A symmetric matrix in row-major order, zero on its diagonal.
    /// - Complexity: O(*rows*² · *range*).
    static func squaredDistances(
        of rows: [[Float]], in range: Range<Int>, originIncluded: Bool,
        form: ctensor_form = bestForm
    ) -> [Double] {
        var magnitudes = [UInt32](repeating: 0, count: rows.count + (originIncluded ? 1 : 0))
        return squaredDistances(
            of: rows, in: range, originIncluded: originIncluded, magnitudes: &magnitudes,
            form: form)
    }

    /// As ``squaredDistances(of:in:originIncluded:form:)``, and each row's largest magnitude, which costs
    /// nothing on the way.
    ///
    /// - Parameter magnitudes: One for every point; raised to the bits of the row's largest magnitude, of
    ///   which the order is that of the magnitudes (those of infinities and NaN being the highest).
    static func squaredDistances(
        of rows: [[Float]], in range: Range<Int>, originIncluded: Bool,
        magnitudes: inout [UInt32], form: ctensor_form = bestForm
    ) -> [Double] {
        let count = rows.count + (originIncluded ? 1 : 0)
        precondition(magnitudes.count == count, "\(magnitudes.count) magnitudes, \(count) points")
        var sums = [Double](repeating: 0, count: count * count)
        guard !range.isEmpty, count > 1 else { return sums }
        RowAddresses.with(rows) { addresses in
            // No address stands for the origin.
            let points = originIncluded ? addresses + [nil] : addresses
            sums.withUnsafeMutableBufferPointer { target in
                ctensor_add_squares(
                    points, count, range.lowerBound, range.count, target.baseAddress,
                    &magnitudes, form)
            }
        }
        for i in 0..<count {
            for j in 0..<i { sums[i * count + j] = sums[j * count + i] }
        }
        return sums
    }

    /// The largest magnitude of any element; 0 for none, infinity or NaN if there is one.
    static func largestMagnitude(_ x: [Float]) -> Float {
        x.withUnsafeBufferPointer { buffer in
            // Without the sign, the order of the bits is the order of the numbers.
            var largest: UInt32 = 0
            var i = 0
            while i < buffer.count {
                let magnitude = buffer[i].bitPattern & 0x7FFF_FFFF
                largest = magnitude > largest ? magnitude : largest
                i += 1
            }
            return Float(bitPattern: largest)
        }
    }
}
