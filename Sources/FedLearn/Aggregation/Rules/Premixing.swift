/// Replaces the updates by means of updates before another rule sees them.
public protocol Premixing: GeometryRule {
    /// The rule that combines the means.
    var inner: any AggregationRule { get }

    /// The means, as one factor per update each.
    ///
    /// - Parameter candidates: Whose updates they are, and how many were not admitted.
    func combinations(
        in geometry: Geometry, candidates: Candidates
    ) throws(AggregationError) -> [[Double]]
}

extension Premixing {
    /// Those of the rule behind.
    public var references: [[Float]] {
        if case .geometry(let rule) = inner.stage { rule.references } else { [] }
    }

    /// What the inner rule does with the means. They count alike, whatever the updates' weights.
    public func plan(
        from geometries: [Geometry], candidates: Candidates
    ) throws(AggregationError) -> AggregationPlan {
        let geometry = geometries[0]
        let combinations = try combinations(in: geometry, candidates: candidates)
        let means = combinations.indices.map { Candidate(member: $0, exampleCount: 1) }
        switch inner.stage {
        case .sums(let rule):
            let coefficients =
                try rule.coefficients(weights: means.map(\.exampleCount))
                + [Double](repeating: 0, count: geometry.referenceCount)
            return AggregationPlan(.combination(flattened(coefficients, combinations, geometry)))
        case .coordinates(let rule):
            return AggregationPlan(
                .statistic(try rule.statistic(count: combinations.count), over: combinations))
        case .geometry(let rule):
            guard rule.regions(dimension: 1) == [.everything] else {
                throw .invalidSetting("\(rule.name) behind \(name): it measures parts of vectors")
            }
            let plan = try rule.plan(
                from: [geometry.mixed(by: combinations)],
                candidates: Candidates(
                    admitted: means, rejectedCount: candidates.rejectedCount))
            switch plan.work {
            case .combination(let coefficients):
                return AggregationPlan(
                    .combination(flattened(coefficients, combinations, geometry)))
            case .statistic(let statistic, .none):
                return AggregationPlan(.statistic(statistic, over: combinations))
            case .statistic(let statistic, .some(let outer)):
                let rows = outer.map { Array(flattened($0, combinations, geometry)) }
                return AggregationPlan(.statistic(statistic, over: rows))
            }
        }
    }

    /// Coefficients of means as coefficients of updates.
    private func flattened(
        _ coefficients: [Double], _ combinations: [[Double]], _ geometry: Geometry
    ) -> [Double] {
        var result = [Double](repeating: 0, count: geometry.count)
        for (coefficient, combination) in zip(coefficients, combinations) where coefficient != 0 {
            for row in result.indices { result[row] += coefficient * combination[row] }
        }
        return result + coefficients.dropFirst(combinations.count)
    }
}
