/// One aggregation in its steps: admit, measure, plan, compute.
///
/// Measuring and computing are per chunk of coordinates and independent of each other, so that a caller
/// may spread them over threads or peers; the plan in between is a function of the measured sums.
struct Aggregation: Sendable {
    let admission: Admission
    let stage: Stage
    let dimension: Int
    let rows: [[Float]]
    let candidates: Candidates
    let references: [[Float]]

    init(
        _ rule: any AggregationRule, _ contributions: [Contribution], dimension: Int
    ) throws(AggregationError) {
        admission = try Admission(contributions, dimension: dimension)
        stage = rule.stage
        self.dimension = dimension
        rows = admission.rows
        candidates = admission.candidates
        if case .geometry(let rule) = stage {
            references = rule.references
        } else {
            references = []
        }
        for reference in references {
            // False for NaN as well.
            let isPossible =
                VectorKernels.largestMagnitude(reference) <= AggregationLimits.largestMagnitude
            guard reference.count == dimension, isPossible else {
                throw .invalidReference(found: reference.count, expected: dimension)
            }
        }
    }

    /// The work of measuring: every chunk of every region. Empty for rules that need no distances.
    var measurements: [Measurement] {
        guard case .geometry(let rule) = stage else { return [] }
        return rule.regions(dimension: dimension).enumerated().flatMap { index, region in
            switch region {
            case .everything:
                CoordinateChunks.ranges(of: dimension).map {
                    Measurement(region: index, chunk: .range($0))
                }
            case .some(let coordinates):
                [Measurement(region: index, chunk: .coordinates(coordinates))]
            }
        }
    }

    /// One piece of measuring.
    struct Measurement: Sendable {
        enum Chunk: Sendable {
            case range(Range<Int>)
            case coordinates([Int])
        }

        let region: Int
        let chunk: Chunk
    }

    func measure(_ measurement: Measurement) -> Geometry {
        switch measurement.chunk {
        case .range(let range):
            return Geometry(rows: rows, references: references, in: range)
        case .coordinates(let coordinates):
            let picked = rows.map { row in coordinates.map { row[$0] } }
            let pickedReferences = references.map { row in coordinates.map { row[$0] } }
            return Geometry(
                rows: picked, references: pickedReferences, in: 0..<coordinates.count)
        }
    }

    /// One geometry per region.
    ///
    /// - Parameter measured: The results of ``measurements``, in their order.
    func geometries(from measured: [Geometry]) -> [Geometry] {
        guard case .geometry(let rule) = stage else { return [] }
        var geometries = rule.regions(dimension: dimension).map { _ in
            Geometry(count: rows.count, referenceCount: references.count)
        }
        for (measurement, geometry) in zip(measurements, measured) {
            geometries[measurement.region].add(geometry)
        }
        return geometries
    }

    func plan(from geometries: [Geometry]) throws(AggregationError) -> AggregationPlan {
        switch stage {
        case .sums(let rule):
            return AggregationPlan(
                .combination(
                    try rule.coefficients(weights: candidates.admitted.map(\.exampleCount))))
        case .coordinates(let rule):
            return AggregationPlan(
                .statistic(try rule.statistic(count: rows.count), over: nil))
        case .geometry(let rule):
            return try rule.plan(from: geometries, candidates: candidates)
        }
    }

    /// The result in the coordinates of `range`.
    func compute(_ plan: AggregationPlan, in range: Range<Int>) -> [Float] {
        switch plan.work {
        case .combination(let coefficients):
            return combine(rows + references, coefficients, in: range)
        case .statistic(let statistic, .none):
            return statistic.evaluate(rows, in: range)
        case .statistic(let statistic, .some(let combinations)):
            if let selected = Self.selection(combinations) {
                return statistic.evaluate(selected.map { rows[$0] }, in: range)
            }
            let mixed = combinations.map { combine(rows, $0, in: range) }
            return statistic.evaluate(mixed, in: 0..<range.count)
        }
    }

    /// The rows that `combinations` pick, if they do nothing else.
    private static func selection(_ combinations: [[Double]]) -> [Int]? {
        var rows: [Int] = []
        for combination in combinations {
            guard let row = combination.firstIndex(where: { $0 != 0 }), combination[row] == 1,
                combination[(row + 1)...].allSatisfy({ $0 == 0 })
            else { return nil }
            rows.append(row)
        }
        return rows
    }

    private func combine(
        _ rows: [[Float]], _ coefficients: [Double], in range: Range<Int>
    ) -> [Float] {
        let used = coefficients.indices.filter { coefficients[$0] != 0 }
        var sum = [Float](repeating: 0, count: range.count)
        VectorKernels.addWeightedSum(
            of: used.map { rows[$0] }, weights: used.map { Float(coefficients[$0]) }, in: range,
            to: &sum)
        return sum
    }

    func aggregate(
        _ plan: AggregationPlan, values: [Float], geometries: [Geometry]
    ) -> Aggregate {
        let members = admission.contributions.map(\.member)
        let rejected =
            admission.rejected
            + plan.rejected.map { Rejection(member: members[$0.row], reason: $0.reason) }
        return Aggregate(
            values: values, included: plan.included(count: rows.count).map { members[$0] },
            rejected: rejected.sorted { $0.member < $1.member },
            scores: plan.scores.enumerated().map {
                MemberScore(member: members[$0.offset], value: $0.element)
            }, evidence: geometries.first.map { Evidence(members: members, geometry: $0) })
    }
}

extension AggregationRule {
    /// Combines `contributions` on the calling thread.
    ///
    /// - Parameters:
    ///   - contributions: One per member whose update counts, in any order.
    ///   - dimension: The number of values in every update.
    /// - Throws: ``AggregationError`` when there is no result.
    public func aggregate(
        _ contributions: [Contribution], dimension: Int
    ) throws(AggregationError) -> Aggregate {
        let work = try Aggregation(self, contributions, dimension: dimension)
        let geometries = work.geometries(from: work.measurements.map { work.measure($0) })
        let plan = try work.plan(from: geometries)
        var values: [Float] = []
        values.reserveCapacity(dimension)
        for range in CoordinateChunks.ranges(of: dimension) {
            values.append(contentsOf: work.compute(plan, in: range))
        }
        return work.aggregate(plan, values: values, geometries: geometries)
    }
}
