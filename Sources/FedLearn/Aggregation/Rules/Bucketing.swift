/// The updates are shuffled into buckets and every bucket becomes the mean of its updates.
///
/// Reduces the differences between honest members' updates, at the price of spreading each Byzantine
/// one over a bucket. The shuffle must not be known before the updates are fixed: the seed comes from
/// the round's beacon.
/// Source: Karimireddy, He and Jaggi 2022, "Byzantine-Robust Learning on Heterogeneous Datasets via
/// Bucketing", §4, algorithm 1.
public struct Bucketing: Premixing {
    /// Updates in a bucket; the last may have fewer.
    public let bucketSize: Int
    /// The rule that combines the means.
    public private(set) var inner: any AggregationRule
    private let order: Order

    private enum Order: Sendable {
        case seed(UInt64)
        case permutation([Int])
    }

    /// Puts buckets in front of `inner`, in an order drawn from `seed`.
    public init(bucketSize: Int, seed: UInt64, then inner: any AggregationRule) {
        self.bucketSize = bucketSize
        self.inner = inner
        order = .seed(seed)
    }

    /// Puts buckets in front of `inner`, in the given order of the updates.
    public init(bucketSize: Int, permutation: [Int], then inner: any AggregationRule) {
        self.bucketSize = bucketSize
        self.inner = inner
        order = .permutation(permutation)
    }

    /// The same buckets in front of another rule.
    func replacingInner(by inner: any AggregationRule) -> Bucketing {
        var copy = self
        copy.inner = inner
        return copy
    }

    /// `bucketing+` and the inner rule's name.
    public var name: String { "bucketing+\(inner.name)" }

    /// The rule behind remembers.
    public mutating func remember(_ aggregate: Aggregate) { inner.remember(aggregate) }

    /// The means of buckets.
    ///
    /// - Throws: ``AggregationError/invalidSetting(_:)`` for empty buckets or a list that is not a
    ///   permutation of the updates.
    public func combinations(
        in geometry: Geometry, candidates: Candidates
    ) throws(AggregationError) -> [[Double]] {
        guard bucketSize > 0 else { throw .invalidSetting("buckets of \(bucketSize)") }
        let rows = try permutation(of: geometry.count)
        return stride(from: 0, to: rows.count, by: bucketSize).map { start in
            let bucket = rows[start..<min(start + bucketSize, rows.count)]
            var combination = [Double](repeating: 0, count: geometry.count)
            for row in bucket { combination[row] = 1 / Double(bucket.count) }
            return combination
        }
    }

    private func permutation(of count: Int) throws(AggregationError) -> [Int] {
        switch order {
        case .permutation(let rows):
            guard rows.sorted() == Array(0..<count) else {
                throw .invalidSetting("\(rows.count) places are no permutation of \(count)")
            }
            return rows
        case .seed(let seed):
            var generator = SeededGenerator(seed: seed)
            var rows = Array(0..<count)
            generator.shuffle(&rows)
            return rows
        }
    }
}
