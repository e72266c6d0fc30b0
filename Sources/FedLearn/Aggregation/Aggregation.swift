/// One aggregation in its steps: admit, measure, plan, compute.
///
/// Measuring and computing are per chunk of coordinates and independent of each other, so that a caller
/// may spread them over threads or peers; the plan in between is a function of the measured sums.
struct Aggregation: Sendable {
    private(set) var admission: Admission
    let stage: Stage
    let dimension: Int
    private(set) var rows: [[Float]]
    private(set) var candidates: Candidates
    let references: [[Float]]
    /// The region whose measurements see every value, so that none has to be looked at before.
    private let inspectingRegion: Int?

    init(
        _ rule: any AggregationRule, _ contributions: [Contribution], dimension: Int
    ) throws(AggregationError) {
        stage = rule.stage
        self.dimension = dimension
        if case .geometry(let rule) = stage {
            references = rule.references
            inspectingRegion = rule.regions(dimension: dimension).firstIndex {
                if case .everything = $0 { true } else { false }
            }
        } else {
            references = []
            inspectingRegion = nil
        }
        admission = try Admission(
            contributions, dimension: dimension, valuesAreChecked: inspectingRegion == nil)
        rows = admission.rows
        candidates = admission.candidates
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

    /// What was measured of a chunk.
    struct Measured: Sendable {
        var geometry: Geometry
        /// The bits of every row's largest magnitude there.
        var magnitudes: [UInt32]
    }

    func measure(_ measurement: Measurement) -> Measured {
        var magnitudes = [UInt32](repeating: 0, count: rows.count)
        let geometry: Geometry
        switch measurement.chunk {
        case .range(let range):
            geometry = Geometry(
                rows: rows, references: references, in: range, magnitudes: &magnitudes)
        case .coordinates(let coordinates):
            let picked = rows.map { row in coordinates.map { row[$0] } }
            let pickedReferences = references.map { row in coordinates.map { row[$0] } }
            geometry = Geometry(
                rows: picked, references: pickedReferences, in: 0..<coordinates.count,
                magnitudes: &magnitudes)
        }
        return Measured(geometry: geometry, magnitudes: magnitudes)
    }

    /// One geometry per region; contributions with impossible values are rejected on the way. What such
    /// values spoil are their own rows' distances, which go with them.
    ///
    /// - Parameter measured: The results of ``measurements``, in their order.
    /// - Throws: when no contribution is left.
    mutating func geometries(from measured: [Measured]) throws(AggregationError) -> [Geometry] {
        guard case .geometry(let rule) = stage else { return [] }
        var geometries = rule.regions(dimension: dimension).map { _ in
            Geometry(count: rows.count, referenceCount: references.count)
        }
        var magnitudes = [UInt32](repeating: 0, count: rows.count)
        for (measurement, measured) in zip(measurements, measured) {
            geometries[measurement.region].add(measured.geometry)
            guard measurement.region == inspectingRegion else { continue }
            for row in rows.indices {
                magnitudes[row] = max(magnitudes[row], measured.magnitudes[row])
            }
        }
        guard inspectingRegion != nil else { return geometries }
        let members = admission.contributions.map(\.member)
        admission = try admission.rejecting(magnitudes)
        guard admission.contributions.count < members.count else { return geometries }
        let left = Set(admission.contributions.map(\.member))
        let kept = members.indices.filter { left.contains(members[$0]) }
        rows = admission.rows
        candidates = admission.candidates
        return geometries.map { $0.keeping(kept) }
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
        var work = try Aggregation(self, contributions, dimension: dimension)
        let geometries = try work.geometries(from: work.measurements.map { work.measure($0) })
        let plan = try work.plan(from: geometries)
        var values: [Float] = []
        values.reserveCapacity(dimension)
        for range in CoordinateChunks.ranges(of: dimension) {
            values.append(contentsOf: work.compute(plan, in: range))
        }
        return work.aggregate(plan, values: values, geometries: geometries)
    }
}
