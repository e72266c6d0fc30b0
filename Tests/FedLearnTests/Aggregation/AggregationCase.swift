import FedLearn

/// One of the golden cases: inputs, settings and what independent implementations made of them.
struct AggregationCase: Decodable {
    struct Clipping: Decodable {
        let tau: Double
    }

    struct Buckets: Decodable {
        let s: Int
        let perm: [Int]
    }

    struct Filter: Decodable {
        let coords: [[Int]]
        let c: Double
        let good: [Int]
    }

    let name: String
    let n: Int
    let f: Int
    let D: Int
    let weights: [Int]
    let trim_k: Int
    let multikrum_m: Int
    let krum_scores: [Double]
    let krum_index: Int
    let multikrum_selected: [Int]
    let bulyan_selected_in_order: [Int]?
    let geomedian_objective: Double
    let geomedian_weighted_objective: Double
    let cclip: Clipping
    let nnm_neighbours_nearest_first: [[Int]]
    let nnm_krum_index: Int
    let bucketing: Buckets
    let fltrust_scores: [Double]
    let dnc: Filter
    let mad_norm_z: [Double]
    let cos_to_median: [Double]

    static let names = [
        "a_n15_f3_d257", "b_n11_f2_d1000_gauss", "c_n16_f3_d16384_close", "d_n10_f3_d1031",
        "e_n7_f1_d3", "f_n8_f0_d64",
    ]

    static func load(_ name: String) throws -> AggregationCase {
        try Vectors.json("agg/\(name)/case.json", as: AggregationCase.self)
    }

    func floats(_ file: String) throws -> [Float] {
        try Vectors.floats("agg/\(name)/\(file).f32")
    }

    func rows() throws -> [[Float]] {
        let inputs = try floats("inputs")
        return (0..<n).map { Array(inputs[$0 * D..<($0 + 1) * D]) }
    }

    func contributions() throws -> [Contribution] {
        try rows().enumerated().map {
            Contribution(member: $0.offset, exampleCount: weights[$0.offset], values: $0.element)
        }
    }

    /// Every rule with a golden output, by the name of its file.
    func rules() throws -> [(file: String, rule: any AggregationRule)] {
        let center = try floats("cclip_v0")
        func nnm(_ inner: any AggregationRule) -> any AggregationRule {
            NearestNeighborMixing(maximumFaults: f, then: inner)
        }
        func clipping(_ iterations: Int) -> any AggregationRule {
            CenteredClipping(radius: cclip.tau, iterations: iterations, center: center)
        }
        var rules: [(file: String, rule: any AggregationRule)] = [
            ("fedavg", WeightedMean()), ("mean", PlainMean()), ("median", CoordinateMedian()),
            ("trimmed", TrimmedMean(trimming: trim_k)), ("krum", Krum(maximumFaults: f)),
            ("multikrum", Krum.multi(maximumFaults: f, selecting: multikrum_m)),
            (
                "multikrum_weighted",
                Krum.multi(maximumFaults: f, selecting: multikrum_m, isWeighted: true)
            ),
            ("rfa_T3", SmoothedGeometricMedian(passes: 3)),
            ("rfa_T8", SmoothedGeometricMedian(passes: 8)),
            ("cclip_L1", clipping(1)), ("cclip_L3", clipping(3)),
            ("nnm_mean", nnm(PlainMean())), ("nnm_median", nnm(CoordinateMedian())),
            ("nnm_trimmed", nnm(TrimmedMean(trimming: trim_k))),
            ("nnm_krum", nnm(Krum(maximumFaults: f))),
            (
                "bucket2_median",
                Bucketing(
                    bucketSize: bucketing.s, permutation: bucketing.perm, then: CoordinateMedian())
            ),
            ("fltrust", FLTrust(root: try floats("fltrust_root"))),
            (
                "dnc",
                DivideAndConquer(maximumFaults: f, removalFactor: dnc.c, subsets: dnc.coords)
            ),
            ("meamed", MeanAroundMedian(maximumFaults: f)),
        ]
        if bulyan_selected_in_order != nil { rules.append(("bulyan", Bulyan(maximumFaults: f))) }
        return rules
    }

    /// The largest magnitude of the inputs, at least 1: what tolerances are relative to.
    func scale() throws -> Float { try floats("inputs").reduce(1) { max($0, $1.magnitude) } }
}
