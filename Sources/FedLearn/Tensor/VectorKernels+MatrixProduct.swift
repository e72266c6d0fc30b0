extension VectorKernels {
    /// `c += a · b` for row-major `b` (`inner` × `columns`) and `c` (`rows` × `columns`); element
    /// (i, k) of `a` is at `i * aRowStride + k * aInnerStride`, so a transposed `a` costs nothing.
    ///
    /// Every element of `c` receives its `inner` products in ascending order of *k*, one rounding per
    /// operation. Four values of *k* share a pass over the row of `c`; that changes the traffic, not
    /// the order.
    ///
    /// - Precondition: the pointers cover the shapes and `c` overlaps neither `a` nor `b`.
    static func addProduct(
        _ a: UnsafePointer<Float>, rowStride aRowStride: Int, innerStride aInnerStride: Int,
        _ b: UnsafePointer<Float>, to c: UnsafeMutablePointer<Float>,
        rows: Int, inner: Int, columns: Int
    ) {
        var row = 0
        while row < rows {
            let target = c + row * columns
            let source = a + row * aRowStride
            var k = 0
            while k + 4 <= inner {
                addFourRows(
                    b + k * columns, stride: columns,
                    scaledBy: source[k * aInnerStride], source[(k + 1) * aInnerStride],
                    source[(k + 2) * aInnerStride], source[(k + 3) * aInnerStride],
                    to: target, count: columns)
                k += 4
            }
            while k < inner {
                addScaled(
                    b + k * columns, by: source[k * aInnerStride], to: target, count: columns)
                k += 1
            }
            row += 1
        }
    }

    private static func addFourRows(
        _ rows: UnsafePointer<Float>, stride: Int,
        scaledBy s0: Float, _ s1: Float, _ s2: Float, _ s3: Float,
        to target: UnsafeMutablePointer<Float>, count: Int
    ) {
        let r0 = rows
        let r1 = rows + stride
        let r2 = r1 + stride
        let r3 = r2 + stride
        var j = 0
        while j < count {
            var value = target[j] + s0 * r0[j]
            value = value + s1 * r1[j]
            value = value + s2 * r2[j]
            value = value + s3 * r3[j]
            target[j] = value
            j += 1
        }
    }
}
