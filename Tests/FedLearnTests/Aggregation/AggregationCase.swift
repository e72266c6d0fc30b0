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
    let weights: [Int]
    let trimK: Int
    let multikrumM: Int
    let krumScores: [Double]
    let krumIndex: Int
    let multikrumSelected: [Int]
    let bulyanSelectedInOrder: [Int]?
    let geomedianObjective: Double
    let geomedianWeightedObjective: Double
    let cclip: Clipping
    let nnmNeighboursNearestFirst: [[Int]]
    let nnmKrumIndex: Int
    let bucketing: Buckets
    let fltrustScores: [Double]
    let dnc: Filter
    let madNormZ: [Double]
    let cosToMedian: [Double]

    /// Every case that there is; without any, one name that is not there, so that tests fail.
    static let names: [String] = {
        let found = (try? Vectors.folders(in: "agg")) ?? []
        return found.isEmpty ? ["no-case"] : found
    }()

    static func load(_ name: String) throws -> AggregationCase {
        try Vectors.json("agg/\(name)/case.json", as: AggregationCase.self)
    }

    func floats(_ file: String) throws -> [Float] {
        try Vectors.floats("agg/\(name)/\(file).f32")
    }

    /// The length of every update.
    func dimension() throws -> Int { try floats("inputs").count / n }

    func rows() throws -> [[Float]] {
        let inputs = try floats("inputs")
        return (0..<n).map { Array(inputs[$0 * inputs.count / n..<($0 + 1) * inputs.count / n]) }
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
            ("trimmed", TrimmedMean(trimming: trimK)), ("krum", Krum(maximumFaults: f)),
            ("multikrum", Krum.multi(maximumFaults: f, selecting: multikrumM)),
            (
                "multikrum_weighted",
                Krum.multi(maximumFaults: f, selecting: multikrumM, isWeighted: true)
            ),
            ("rfa_T3", SmoothedGeometricMedian(passes: 3)),
            ("rfa_T8", SmoothedGeometricMedian(passes: 8)),
            ("cclip_L1", clipping(1)), ("cclip_L3", clipping(3)),
            ("nnm_mean", nnm(PlainMean())), ("nnm_median", nnm(CoordinateMedian())),
            ("nnm_trimmed", nnm(TrimmedMean(trimming: trimK))),
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
        if bulyanSelectedInOrder != nil { rules.append(("bulyan", Bulyan(maximumFaults: f))) }
        return rules
    }

    /// The largest magnitude of the inputs, at least 1: what tolerances are relative to.
    func scale() throws -> Float { try floats("inputs").reduce(1) { max($0, $1.magnitude) } }
}
