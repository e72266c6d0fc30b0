/// Small loops that layers share.
enum LayerKernels {
    /// `target[c, r] = source[r, c]`.
    static func transpose(
        _ source: UnsafePointer<Float>, rows: Int, columns: Int,
        to target: UnsafeMutablePointer<Float>
    ) {
        var row = 0
        while row < rows {
            var column = 0
            while column < columns {
                target[column * rows + row] = source[row * columns + column]
                column += 1
            }
            row += 1
        }
    }
}
