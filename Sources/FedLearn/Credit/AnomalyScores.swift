/// How far updates stand out from the others of their round.
public enum AnomalyScores {
    /// Lengths beyond this many robust deviations are commonly called outliers (Iglewicz and Hoaglin 1993).
    public static let usualThreshold = 3.5

    /// The robust z of each number: 0.6745 times its distance from the median, in median distances.
    ///
    /// Zero where all distances are zero.
    public static func robustZ(_ values: [Double]) -> [Double] {
        let center = SmallStatistics.median(values)
        let deviation = SmallStatistics.median(values.map { ($0 - center).magnitude })
        return values.map { deviation > 0 ? 0.6745 * ($0 - center) / deviation : 0 }
    }

    /// Every update's cosine with the coordinate-wise median of all; 0 where either is zero.
    ///
    /// - Precondition: finite rows of one length.
    public static func cosinesToMedian(_ rows: [[Float]]) -> [Double] {
        guard let first = rows.first else { return [] }
        let median = ColumnStatistic.median.evaluate(rows, in: 0..<first.count)
        let length = VectorKernels.norm(median)
        return rows.map { row in
            let norms = VectorKernels.norm(row) * length
            return norms > 0 ? VectorKernels.dot(row, median) / norms : 0
        }
    }
}
