/// Global trust: what everybody thinks of everybody, weighted by what is thought of them.
///
/// Source: Kamvar, Schlosser and Garcia-Molina 2003, "The EigenTrust Algorithm", §4.
public struct EigenTrust: Sendable {
    /// Passes after which the iteration ends; with the usual damping of 0.15 each leaves at most 85 % of
    /// the error, so that 300 reach the last bit.
    static let largestPassCount = 1_000

    /// Trust that comes from the pretrusted set whatever the others say, in 0...1.
    public let damping: Double
    /// Distribution of trust over those trusted from the start; sums to 1.
    public let pretrusted: [Double]

    /// Creates the algorithm.
    ///
    /// - Precondition: `damping` in 0...1, `pretrusted` not negative.
    public init(damping: Double = 0.15, pretrusted: [Double]) {
        precondition(damping >= 0 && damping <= 1, "damping \(damping)")
        precondition(pretrusted.allSatisfy { $0 >= 0 && $0.isFinite }, "negative trust")
        self.damping = damping
        self.pretrusted = pretrusted
    }

    /// The trust in every member; sums to 1.
    ///
    /// - Parameter local: Row *i* is what member *i* thinks of each other; negative and non-finite opinions
    ///   count as none, and whoever has no opinion trusts the pretrusted.
    /// - Precondition: a square of as many rows as ``pretrusted``.
    public func trust(local: [[Double]]) -> [Double] {
        let count = pretrusted.count
        precondition(
            local.count == count && local.allSatisfy { $0.count == count }, "not a square")
        let rows = local.map { row in
            let opinions = row.map { $0.isFinite && $0 > 0 ? $0 : 0 }
            let total = opinions.reduce(0, +)
            return total > 0 ? opinions.map { $0 / total } : pretrusted
        }
        var trust = pretrusted
        for _ in 0..<Self.largestPassCount {
            var next = pretrusted.map { damping * $0 }
            for i in 0..<count {
                for j in 0..<count { next[j] += (1 - damping) * trust[i] * rows[i][j] }
            }
            let change = zip(next, trust).reduce(0) { $0 + ($1.0 - $1.1).magnitude }
            trust = next
            if change < 1e-16 { break }
        }
        return trust
    }
}
