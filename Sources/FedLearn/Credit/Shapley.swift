/// What each of a few players adds to a common result.
public enum Shapley {
    /// Exact values need the utility of every coalition: 2²⁰ numbers are 8 MiB.
    public static let largestPlayerCount = 20

    /// Every player's Shapley value: its mean marginal utility over all orders of arrival.
    ///
    /// The values sum to the utility of all minus that of none.
    ///
    /// - Parameter utility: By coalition; bit *i* of the index says whether player *i* is in it. A power of
    ///   two, at most 2 to the ``largestPlayerCount``.
    /// - Returns: `nil` for any other number of utilities.
    /// - Complexity: O(*n* · 2ⁿ).
    public static func values(utility: [Double]) -> [Double]? {
        guard let count = playerCount(utility) else { return nil }
        guard count > 0 else { return [] }
        // |S|! (n - |S| - 1)! / n! = 1 / (n · C(n - 1, |S|)).
        var shares = [1.0 / Double(count)]
        for size in 1..<max(1, count) {
            shares.append(shares[size - 1] * Double(size) / Double(count - size))
        }
        return (0..<count).map { player in
            let bit = 1 << player
            var sum = 0.0
            for coalition in utility.indices where coalition & bit == 0 {
                let share = shares[coalition.nonzeroBitCount]
                sum += share * (utility[coalition | bit] - utility[coalition])
            }
            return sum
        }
    }

    /// What would be missing without each player: the utility of all minus that of all others.
    ///
    /// - Returns: `nil` under the conditions of ``values(utility:)``.
    public static func leaveOneOut(utility: [Double]) -> [Double]? {
        guard let count = playerCount(utility) else { return nil }
        let all = utility.count - 1
        return (0..<count).map { utility[all] - utility[all ^ 1 << $0] }
    }

    private static func playerCount(_ utility: [Double]) -> Int? {
        let size = utility.count
        guard size > 0, size & (size - 1) == 0, size <= 1 << largestPlayerCount else { return nil }
        return size.trailingZeroBitCount
    }
}
