/// Bounds of what is combined, each with its reason.
public enum AggregationLimits {
    /// Contributions in one aggregation. Distances between all pairs take n² numbers and n³ steps to mix:
    /// at 1,024 that is 8 MiB and about a second. Larger federations aggregate in groups.
    public static let largestCount = 1_024

    /// Magnitude of one value of an update. Trained networks change by far less than 1 per round; up to
    /// here squares fit `Float`, differences of squares keep their digits in `Double`, and fixed-point
    /// sums fit 63 bits.
    public static let largestMagnitude = FixedPoint.largestMagnitude

    /// Examples that one member may claim: 2⁴⁰, a trillion. Sums of ``largestCount`` such weights are
    /// exact in `Double` and far from overflow.
    public static let largestWeight = 1 << 40
}
