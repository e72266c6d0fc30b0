import CTensor

extension VectorKernels {
    /// `c += a · b` for row-major `b` (`inner` × `columns`) and `c` (`rows` × `columns`); element
    /// (i, k) of `a` is at `i * aRowStride + k * aInnerStride`, so a transposed `a` costs nothing.
    ///
    /// Every element of `c` receives its `inner` products in ascending order of *k*, one rounding per
    /// operation, whatever the form.
    ///
    /// - Precondition: the pointers cover the shapes and `c` overlaps neither `a` nor `b`.
    static func addProduct(
        _ a: UnsafePointer<Float>, rowStride aRowStride: Int, innerStride aInnerStride: Int,
        _ b: UnsafePointer<Float>, to c: UnsafeMutablePointer<Float>,
        rows: Int, inner: Int, columns: Int, form: ctensor_form = bestForm
    ) {
        ctensor_add_product(a, aRowStride, aInnerStride, b, c, rows, inner, columns, form)
    }

    /// The widest form that this processor can run.
    static let bestForm = ctensor_best_form()
}
