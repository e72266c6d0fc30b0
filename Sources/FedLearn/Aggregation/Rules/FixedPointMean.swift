/// The mean weighted by example counts in fixed point: one hash, whoever adds in whatever order.
///
/// ``WeightedMean`` reaches that by adding in roster order, which needs all updates at hand; here each can
/// be added as it arrives, chunk sums of several peers can be added up, and nothing but the sum need be
/// kept. Not robust.
public struct FixedPointMean: Sendable {
    private var sum: [Int64]
    private var totalWeight = 0

    /// Creates an empty mean of vectors with `dimension` values.
    public init(dimension: Int) { sum = [Int64](repeating: 0, count: dimension) }

    /// Adds one contribution.
    ///
    /// - Throws: ``AggregationError/noContributions(rejected:)`` naming why it may not be added,
    ///   ``AggregationError/wrongDimension(member:found:expected:)``, or
    ///   ``AggregationError/excessiveTotalWeight`` when the weights pass
    ///   ``FixedPoint/largestTotalWeight``; the sum is then unchanged.
    public mutating func add(_ contribution: Contribution) throws(AggregationError) {
        let admission = try Admission([contribution], dimension: sum.count)
        for contribution in admission.contributions {
            let weight = contribution.exampleCount
            guard weight <= FixedPoint.largestTotalWeight - totalWeight else {
                throw .excessiveTotalWeight
            }
            FixedPoint.add(contribution.values, in: 0..<sum.count, weight: weight, to: &sum)
            totalWeight += weight
        }
    }

    /// Adds what another peer has added up.
    ///
    /// - Throws: ``AggregationError/excessiveTotalWeight``.
    /// - Precondition: the same dimension.
    public mutating func add(_ other: FixedPointMean) throws(AggregationError) {
        precondition(
            other.sum.count == sum.count, "sums of \(other.sum.count), \(sum.count) values")
        guard other.totalWeight <= FixedPoint.largestTotalWeight - totalWeight else {
            throw .excessiveTotalWeight
        }
        totalWeight += other.totalWeight
        for index in sum.indices { sum[index] &+= other.sum[index] }
    }

    /// The weighted sum in steps of 2⁻²⁴.
    public var steps: [Int64] { sum }

    /// The mean.
    ///
    /// - Throws: ``AggregationError/zeroTotalWeight``.
    public func mean() throws(AggregationError) -> [Float] {
        guard totalWeight > 0 else { throw .zeroTotalWeight }
        return FixedPoint.mean(sum, totalWeight: totalWeight)
    }
}
