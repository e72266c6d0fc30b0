/// Finds the members that agree best among themselves.
struct AgreementSearch {
    /// Cosines, symmetric.
    let agreement: [[Double]]
    /// What each member counts.
    let weights: [Double]

    /// The `count` members with the largest sum of weighted agreement between them.
    ///
    /// From every start, the members nearest to the sum of the current ones take their place until nothing
    /// changes; the best outcome wins, of equal ones the first. Exact search would cost as many steps as
    /// there are subsets.
    func bestSubset(of count: Int) -> [Int] {
        var best: [Int] = []
        var bestCohesion = -Double.infinity
        for start in starts {
            let subset = settle(from: [start], count: count)
            let cohesion = cohesion(of: subset)
            if cohesion > bestCohesion {
                bestCohesion = cohesion
                best = subset
            }
        }
        return best
    }

    /// The `count` members that agree best, the anchor, and every update's cosine with the anchor formed without it.
    func opinions(keeping count: Int) -> (anchor: [Int], values: [Double]) {
        let anchor = bestSubset(of: count)
        let share = weights.indices.map { anchor.contains($0) ? weights[$0] : 0 }
        // The anchor's products with every update, and its squared length.
        let products = agreement.map { row in
            var sum = 0.0
            for place in row.indices { sum += share[place] * row[place] }
            return sum
        }
        let square = zip(share, products).reduce(0) { $0 + $1.0 * $1.1 }
        let values = agreement.indices.map { place in
            let own = agreement[place][place]
            let product = products[place] - share[place] * own
            let rest =
                square - 2 * share[place] * products[place] + share[place] * share[place] * own
            return rest > 0 ? product / rest.squareRoot() : 0
        }
        return (anchor, values)
    }

    /// Members to start from: all, or those that agree most with everybody.
    private var starts: [Int] {
        guard weights.count > AnchoredMean.largestStartCount else { return Array(weights.indices) }
        let sums = pull(of: Array(weights.indices))
        return Array(
            weights.indices.sorted { (sums[$0], -$0) > (sums[$1], -$1) }
                .prefix(AnchoredMean.largestStartCount))
    }

    private func settle(from start: [Int], count: Int) -> [Int] {
        var scores = start.count == 1 ? agreement[start[0]] : pull(of: start)
        var subset: [Int] = []
        for _ in 0..<AnchoredMean.largestPassCount {
            let next = weights.indices.sorted { (scores[$0], -$0) > (scores[$1], -$1) }
                .prefix(count).sorted()
            if next == subset { break }
            subset = next
            scores = pull(of: subset)
        }
        return subset
    }

    /// Every member's agreement with the sum of `subset`.
    private func pull(of subset: [Int]) -> [Double] {
        agreement.map { row in
            var sum = 0.0
            for member in subset { sum += weights[member] * row[member] }
            return sum
        }
    }

    private func cohesion(of subset: [Int]) -> Double {
        var sum = 0.0
        for one in subset {
            for other in subset where other != one {
                sum += weights[one] * weights[other] * agreement[one][other]
            }
        }
        return sum
    }
}

extension Geometry {
    /// The cosine of every two of the points; 1 on the diagonal, 0 where a point is the origin.
    func cosines(of points: [Int]) -> [[Double]] {
        points.map { one in
            points.map { other in
                guard one != other else { return 1 }
                let norms = norm(one) * norm(other)
                return norms > 0 ? inner(one, other) / norms : 0
            }
        }
    }
}
