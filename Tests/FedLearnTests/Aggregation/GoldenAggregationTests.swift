import Testing

@testable import FedLearn

@Suite("Golden aggregations") struct GoldenAggregationTests {
    @Test("every rule gives the golden result", arguments: AggregationCase.names)
    func results(name: String) throws {
        let golden = try AggregationCase.load(name)
        let contributions = try golden.contributions()
        let tolerance = try 2e-6 * golden.scale()
        for (file, rule) in try golden.rules() {
            let result = try rule.aggregate(contributions, dimension: golden.D)
            let expected = try golden.floats("out_\(file)")
            let worst = zip(result.values, expected).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
            #expect(result.values.count == expected.count)
            #expect(worst <= tolerance, "\(file): off by \(worst)")
        }
    }

    @Test("the geometric median is the minimiser", arguments: AggregationCase.names)
    func geometricMedians(name: String) throws {
        let golden = try AggregationCase.load(name)
        let contributions = try golden.contributions()
        let ones = [Int](repeating: 1, count: golden.n)
        for (file, rule, objective, weights) in [
            ("geomedian", GeometricMedian(), golden.geomedian_objective, ones),
            (
                "geomedian_weighted", GeometricMedian(isWeighted: true),
                golden.geomedian_weighted_objective, golden.weights
            ),
        ] {
            let result = try rule.aggregate(contributions, dimension: golden.D).values
            var sum = 0.0
            for (contribution, weight) in zip(contributions, weights) {
                let gap = VectorKernels.difference(contribution.values, result)
                sum += Double(weight) * VectorKernels.norm(gap)
            }
            sum /= Double(weights.reduce(0, +))
            #expect(sum <= objective * (1 + 1e-6), "\(file): \(sum), not \(objective)")
            try expectClose(result, to: golden.floats("out_\(file)"), file)
        }
        let mixed = NearestNeighborMixing(maximumFaults: golden.f, then: GeometricMedian())
        try expectClose(
            mixed.aggregate(contributions, dimension: golden.D).values,
            to: golden.floats("out_nnm_geomedian"), "nnm_geomedian")
    }

    /// Minimisers are flat: 10⁻⁴ of the largest value.
    private func expectClose(_ result: [Float], to expected: [Float], _ name: String) {
        let largest = expected.reduce(0) { max($0, $1.magnitude) }
        let worst = zip(result, expected).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
        #expect(worst <= 1e-4 * largest, "\(name): off by \(worst)")
    }

    @Test("selections, scores and neighbours are the golden ones", arguments: AggregationCase.names)
    func selections(name: String) throws {
        let golden = try AggregationCase.load(name)
        let contributions = try golden.contributions()
        let geometry = Geometry(rows: try golden.rows(), references: [], in: 0..<golden.D)
        let all = Array(0..<golden.n)
        let scores = Krum.scores(of: all, in: geometry, maximumFaults: golden.f)
        for (score, expected) in zip(scores, golden.krum_scores) {
            #expect((score - expected).magnitude <= 1e-6 * expected)
        }
        #expect(Krum.ranked(all, by: scores)[0] == golden.krum_index)
        #expect(
            Array(Krum.ranked(all, by: scores).prefix(golden.multikrum_m))
                == golden.multikrum_selected)
        if let expected = golden.bulyan_selected_in_order {
            let selected = Bulyan.selection(in: geometry, maximumFaults: golden.f)
            #expect(selected == expected)
        } else {
            #expect(
                throws: AggregationError.tooFewContributions(
                    have: golden.n, need: 4 * golden.f + 3)
            ) {
                _ = try Bulyan(maximumFaults: golden.f)
                    .aggregate(contributions, dimension: golden.D)
            }
        }
        let mixing = NearestNeighborMixing(
            maximumFaults: golden.f, then: Krum(maximumFaults: golden.f))
        #expect(
            all.map {
                NearestNeighborMixing.nearest(golden.n - golden.f, to: $0, in: geometry)
            }
                == golden.nnm_neighbours_nearest_first)
        let candidates = Candidates(
            admitted: contributions.map { Candidate(member: $0.member, exampleCount: 1) },
            rejectedCount: 0)
        let mixed = geometry.mixed(
            by: try mixing.combinations(in: geometry, candidates: candidates))
        let mixedScores = Krum.scores(of: all, in: mixed, maximumFaults: golden.f)
        #expect(Krum.ranked(all, by: mixedScores)[0] == golden.nnm_krum_index)
    }

    @Test("trust and spectral filtering judge as published", arguments: AggregationCase.names)
    func judgements(name: String) throws {
        let golden = try AggregationCase.load(name)
        let contributions = try golden.contributions()
        let trusted = try FLTrust(root: golden.floats("fltrust_root"))
            .aggregate(contributions, dimension: golden.D)
        for (score, expected) in zip(trusted.scores, golden.fltrust_scores) {
            #expect((score.value - expected).magnitude <= 1e-5)
        }
        let filtered = try DivideAndConquer(
            maximumFaults: golden.f, removalFactor: golden.dnc.c, subsets: golden.dnc.coords
        ).aggregate(contributions, dimension: golden.D)
        #expect(filtered.included == golden.dnc.good)
        let rows = try golden.rows()
        let z = AnomalyScores.robustZ(rows.map { VectorKernels.norm($0) })
        for (score, expected) in zip(z, golden.mad_norm_z) {
            #expect((score - expected).magnitude <= 1e-4 * max(1, expected.magnitude))
        }
        for (cosine, expected) in zip(AnomalyScores.cosinesToMedian(rows), golden.cos_to_median) {
            #expect((cosine - expected).magnitude <= 1e-6)
        }
    }
}
