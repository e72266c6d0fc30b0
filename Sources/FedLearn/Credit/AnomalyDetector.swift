/// Tells over the rounds which members stand out, and how.
///
/// It works on what every round by distances has anyway, the matrix of distances between updates, and on each
/// update's cosine with the previous result. Averages over rounds find what a single round hides: honest
/// members whose data differ may disagree in one round, not in all; colluders who hide inside the crowd (ALIE)
/// send the same vector, which honest training never does; whoever repeats the last result has not trained.
///
/// A verdict is a suspicion with its reason, not a proof: a member whose update is copied by the same others in
/// every round looks like them (who was first, only a commitment before the reveal can say).
public struct AnomalyDetector: Sendable {
    /// Why a member stands out.
    public enum Suspicion: String, CaseIterable, Sendable {
        /// The update is longer than ``AnchoredMean/guardFactor`` median lengths.
        case overlong
        /// Over the rounds it points away from where most of the others agree.
        case opposed
        /// Over the rounds it agrees with hardly anyone, while the others clearly agree.
        case unrelated
        /// Over the rounds somebody sends nearly the same.
        case copied
        /// It repeats the previous result, or has hardly any length: no sign of training.
        case idle
    }

    /// What is thought of one member after a round.
    public struct Verdict: Equatable, Sendable {
        /// The member's index in the roster.
        public let member: Int
        /// All that applies, in the order of ``Suspicion``; empty for members who do not stand out.
        public let suspicions: [Suspicion]
        /// The cosine with the sum of those who agree best, without the member, over the rounds.
        public let agreement: Double
    }

    /// Agreement below this part of the median one is none, where all of the anchor are above
    /// ``AnchoredMean/clarity`` of it.
    public static let relatedness = 0.25
    /// Squared distance to the nearest other, as a part of the usual squared distance, below which two
    /// updates are copies. Independent noise of a tenth of the update's length is still found; honest
    /// members with equal data distributions are at about 1.
    public static let copyRadius = 0.05
    /// What the newest round counts for copies and echoes: half of it is one round old. A habit shows
    /// within five rounds, while an honest member who happens to be copied now and then has none.
    public static let habitShare = 0.5
    /// A cosine with the previous result above this shows no training of one's own: noise of half the
    /// length leaves 0.89.
    public static let echoLimit = 0.9
    /// Updates shorter than this part of the median length have not been trained.
    public static let shortestShare = 0.1

    /// The number of Byzantine members to expect.
    public let maximumFaults: Int
    private var memory = AgreementMemory()
    /// By member: the relative squared distance to the nearest, and the cosine with the previous result,
    /// both averaged.
    private var habits: [Int: (gap: Double, echo: Double)] = [:]

    /// A detector that has seen nothing.
    public init(maximumFaults: Int) { self.maximumFaults = maximumFaults }

    /// Takes a round in and judges everybody in it.
    ///
    /// - Parameters:
    ///   - evidence: The distances of the round's admitted updates.
    ///   - echoes: Each one's cosine with the previous result, in the evidence's order; see
    ///     ``echoes(of:previous:)``. Empty in the first round.
    ///   - found: How many of the Byzantine were not admitted, so that they need not be looked for.
    /// - Returns: In the evidence's order.
    /// - Precondition: as many echoes as members, or none.
    public mutating func observe(
        _ evidence: Evidence, echoes: [Double], found: Int = 0
    ) -> [Verdict] {
        let members = evidence.members
        precondition(
            echoes.isEmpty || echoes.count == members.count, "\(echoes.count) echoes")
        let geometry = evidence.geometry
        let places = Array(members.indices)
        let cosines = geometry.cosines(of: places)
        let agreement = memory.agreement(among: members, now: cosines, over: .long)
        memory.record(evidence)
        // The memory forgets whoever is absent beyond its limit, and so do the habits.
        if habits.count > AggregationLimits.largestCount {
            habits = habits.filter { members.contains($0.key) }
        }
        let crowd = Crowd(geometry)
        for place in places {
            let echo = echoes.isEmpty ? 0 : echoes[place]
            remember(members[place], gap: crowd.gaps[place], echo: echo)
        }
        let lengths = places.map { geometry.norm($0) }
        let usualLength = SmallStatistics.median(lengths)
        let faults = min(max(0, maximumFaults - found), (members.count - 1) / 2)
        let view = Self.opinions(in: agreement, weights: crowd.weights, faults: faults)
        return places.map { place in
            let habit = habits[members[place]] ?? (gap: 1, echo: 0)
            let applies: [Suspicion: Bool] = [
                .overlong: lengths[place] > AnchoredMean.guardFactor * usualLength,
                .opposed: view.values[place] < -view.margin,
                .unrelated: view.isClear && view.values[place].magnitude <= view.margin,
                .copied: habit.gap < Self.copyRadius,
                .idle: habit.echo > Self.echoLimit
                    || lengths[place] < Self.shortestShare * usualLength,
            ]
            return Verdict(
                member: members[place],
                suspicions: Suspicion.allCases.filter { applies[$0] == true },
                agreement: view.values[place])
        }
    }

    /// Every update's cosine with the previous result; 0 where either is zero.
    ///
    /// - Returns: Empty for an empty `previous`.
    /// - Precondition: rows as long as `previous`, unless that is empty.
    public static func echoes(of rows: [[Float]], previous: [Float]) -> [Double] {
        guard !previous.isEmpty else { return [] }
        let length = VectorKernels.norm(previous)
        return rows.map { row in
            let norms = VectorKernels.norm(row) * length
            return norms > 0 ? VectorKernels.dot(row, previous) / norms : 0
        }
    }

    private mutating func remember(_ member: Int, gap: Double, echo: Double) {
        guard let old = habits[member] else {
            habits[member] = (gap, echo)
            return
        }
        let share = Self.habitShare
        habits[member] = (
            (1 - share) * old.gap + share * gap, (1 - share) * old.echo + share * echo
        )
    }

    /// Everybody's cosine with the anchor formed without them, and how far from zero it says something.
    private static func opinions(
        in agreement: [[Double]], weights: [Double], faults: Int
    ) -> (values: [Double], margin: Double, isClear: Bool) {
        let view = AgreementSearch(agreement: agreement, weights: weights)
            .opinions(keeping: agreement.count - faults)
        let among = view.anchor.map { view.values[$0] }
        let usual = max(0, SmallStatistics.median(among))
        let isClear = usual > 0 && among.allSatisfy { $0 > AnchoredMean.clarity * usual }
        return (view.values, relatedness * usual, isClear)
    }
}

/// How near the updates of a round are to each other.
private struct Crowd {
    /// Each update's squared distance to its nearest other, over the usual one; 1 where all are in one place.
    let gaps: [Double]
    /// One over the number of copies that an update is one of.
    let weights: [Double]

    init(_ geometry: Geometry) {
        let places = Array(0..<geometry.count)
        let distances = places.map { row in places.filter { $0 != row }.map { geometry[row, $0] } }
        // The median of medians: neither far attackers nor copies, fewer than half, move it.
        let usual = SmallStatistics.median(distances.map { SmallStatistics.median($0) })
        gaps = distances.map { row in
            usual > 0 ? row.reduce(Double.infinity) { min($0, $1) } / usual : 1
        }
        weights = distances.map { row in
            let copies = row.filter { $0 < AnomalyDetector.copyRadius * usual }.count
            return 1 / Double(1 + copies)
        }
    }
}
