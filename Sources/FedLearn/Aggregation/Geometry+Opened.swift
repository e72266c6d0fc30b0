extension Geometry {
    /// The geometry of updates that a committee has compared without reading them.
    ///
    /// - Parameter grid: The grid on which the distances are counted.
    public init(_ comparison: CommitteeOpening.Comparison, grid: FixedPointGrid) {
        let count = comparison.trainers.count
        let unit = 1 / (grid.scale * grid.scale)
        var squares = [Double](repeating: 0, count: (count + 1) * (count + 1))
        for i in 0..<count {
            for j in 0..<count {
                squares[i * (count + 1) + j] = Double(comparison.squaredDistances[i][j]) * unit
            }
            let norm = Double(comparison.squaredNorms[i]) * unit
            squares[i * (count + 1) + count] = norm
            squares[count * (count + 1) + i] = norm
        }
        self.init(count: count, referenceCount: 0, squares: squares)
    }
}
