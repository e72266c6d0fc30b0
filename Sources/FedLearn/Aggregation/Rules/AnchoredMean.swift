/// psic's rule: the mean of capped updates without the few that oppose where most of them agree.
///
/// 1. *Guard*: updates longer than ``guardFactor`` median lengths are left out, at most as many as faults
///    are tolerated.
/// 2. *Cap*: no update counts for more than the median weight and ``capFactor`` median lengths. Updates
///    that are nearly copies of each other share one weight, as honest training does not repeat itself.
/// 3. *Anchor*: the `n - f` updates that agree best among themselves. Agreement is the cosine of two
///    updates, averaged over many rounds (``AgreementMemory``), over few, and in this round alone; the
///    short views count only where they are clear (``clarity``).
/// 4. *Leave out*: of the others' opinions, those below zero: updates that point away from the anchor
///    formed without them. The lowest, and at most as many as faults are tolerated.
/// 5. *Mean* of the rest.
///
/// Counting who agrees, instead of adding up directions, is what survives attackers who send the honest
/// mean backwards: three long vectors can outweigh seven short ones that point apart, but they cannot
/// be most of the members. Averaging over rounds is what survives data that differ from member to member:
/// in a single round two honest updates may well have a negative cosine, over many they have not.
///
/// What is remembered is pairwise and symmetric, never a member's reputation, and never shuts out more
/// members than the tolerated faults: a rule that anchored on the well-behaved was captured by members
/// who behaved for 15 rounds and then turned. Once they turn, agreement with them fades like any other.
///
/// Everything but the sums follows from ``Geometry``; see ``GeometryRule`` for what that gives.
///
/// - Complexity: O(n² · D) to measure, O(n²) per pass of the search for the anchor, O(n · D) for the mean.
public struct AnchoredMean: GeometryRule {
    /// Updates longer than this many median lengths are not believed at all.
    public static let guardFactor = 3.0
    /// Updates longer than this many median lengths are shortened. Shorter caps were measured to cost
    /// accuracy under differing data, where honest lengths differ too.
    public static let capFactor = 2.0
    /// Squared distance, as a part of the median one, below which two updates begin to count as copies.
    public static let cloneRadius = 0.25
    /// A round speaks for itself, besides the long memory, when everyone in its anchor agrees with the
    /// others there at least this part as well as their median; so does the short memory. With data alike
    /// that is often so, and betrayal is seen at once or within three rounds; with differing data some
    /// honest members always stand apart, and the long memory decides.
    public static let clarity = 0.5
    /// The number of updates from which the search for the anchor starts; with more members, from those
    /// that agree most. Each start costs some n² steps.
    static let largestStartCount = 32
    /// Passes of the search from one start; it settles within a few.
    static let largestPassCount = 20

    /// The number of Byzantine members to tolerate.
    public let maximumFaults: Int
    /// The agreement of earlier rounds.
    public private(set) var memory: AgreementMemory

    /// Creates the rule.
    ///
    /// - Parameters:
    ///   - maximumFaults: The number of Byzantine members to tolerate, fewer than half of all.
    ///   - memory: The agreement of earlier rounds; part of the state that members must share.
    public init(maximumFaults: Int, memory: AgreementMemory = AgreementMemory()) {
        self.maximumFaults = maximumFaults
        self.memory = memory
    }

    /// `anchoredMean`.
    public var name: String { "anchoredMean" }

    /// Takes a round's agreement into the memory.
    public mutating func remember(_ aggregate: Aggregate) {
        if let evidence = aggregate.evidence { memory.record(evidence) }
    }

    /// The mean of the capped rest; the scores are cosines with the anchor formed without the member,
    /// averaged over rounds.
    ///
    /// - Throws: ``AggregationError/tooFewContributions(have:need:)`` below 2 · `maximumFaults` + 1,
    ///   ``AggregationError/zeroTotalWeight``.
    public func plan(
        from geometries: [Geometry], candidates: Candidates
    ) throws(AggregationError) -> AggregationPlan {
        let geometry = geometries[0]
        // Whoever was not admitted need not be found any more.
        let faults = candidates.remainingFaults(of: maximumFaults)
        try AggregationError.require(geometry.count, atLeast: 2, times: faults, plus: 1)
        let norms = (0..<geometry.count).map { geometry.norm($0) }
        let tooLong = overlong(norms, atMost: faults)
        let rows = (0..<geometry.count).filter { !tooLong.contains($0) }
        let budget = faults - tooLong.count
        let uniqueness = self.uniqueness(of: rows, in: geometry)
        let opinions = self.opinions(
            of: rows.map { candidates.admitted[$0].member }, cosines: geometry.cosines(of: rows),
            weights: uniqueness, keeping: rows.count - budget)
        let opposed = rows.indices.filter { opinions[$0] < 0 }
            .sorted { (opinions[$0], $0) < (opinions[$1], $1) }.prefix(budget)

        var scores = [Double](repeating: -1, count: geometry.count)
        for (place, row) in rows.enumerated() { scores[row] = opinions[place] }
        var rejected: [(row: Int, reason: Rejection.Reason)] = tooLong.map { ($0, .excessiveNorm) }
        rejected += opposed.map { (rows[$0], .opposed) }
        let kept = rows.indices.filter { !opposed.contains($0) }
        return AggregationPlan(
            .combination(
                try cappedMean(
                    of: kept.map { rows[$0] }, uniqueness: kept.map { uniqueness[$0] },
                    norms: norms, candidates: candidates, bound: rows)),
            rejected: rejected, scores: scores)
    }

    /// The longest updates beyond the guard.
    private func overlong(_ norms: [Double], atMost limit: Int) -> [Int] {
        let bound = Self.guardFactor * SmallStatistics.median(norms)
        // When most send nothing, no length is too long; the cap makes the result nothing as well.
        guard bound > 0 else { return [] }
        return Array(
            norms.indices.filter { norms[$0] > bound }
                .sorted { (norms[$0], $0) > (norms[$1], $1) }.prefix(limit))
    }

    /// One over the number of updates that each one stands for: 1, or less for near copies.
    private func uniqueness(of rows: [Int], in geometry: Geometry) -> [Double] {
        var squares: [Double] = []
        for (place, row) in rows.enumerated() {
            for other in rows[..<place] { squares.append(geometry[row, other]) }
        }
        let radius = Self.cloneRadius * SmallStatistics.median(squares)
        return rows.map { row in
            var crowd = 1.0
            for other in rows where other != row {
                let square = geometry[row, other]
                // With radius 0 most updates are copies of each other; then only copies are.
                crowd += radius > 0 ? max(0, 1 - square / radius) : square == 0 ? 1 : 0
            }
            return 1 / crowd
        }
    }

    /// What the rest thinks of each member: the lowest of what the long memory, and this round and the
    /// short memory as far as they are clear, say.
    private func opinions(
        of members: [Int], cosines: [[Double]], weights: [Double], keeping count: Int
    ) -> [Double] {
        func remembered(_ span: AgreementMemory.Span) -> [[Double]] {
            memory.agreement(among: members, now: cosines, over: span)
        }
        func view(_ agreement: [[Double]]) -> (anchor: [Int], values: [Double]) {
            AgreementSearch(agreement: agreement, weights: weights).opinions(keeping: count)
        }
        var lowest = view(remembered(.long)).values
        for agreement in [remembered(.short), cosines] {
            let short = view(agreement)
            let weakest = short.anchor.reduce(1) { min($0, short.values[$1]) }
            let usual = SmallStatistics.median(short.anchor.map { short.values[$0] })
            guard usual > 0, weakest > Self.clarity * usual else { continue }
            for place in lowest.indices { lowest[place] = min(lowest[place], short.values[place]) }
        }
        return lowest
    }

    private func cappedMean(
        of rows: [Int], uniqueness: [Double], norms: [Double], candidates: Candidates,
        bound: [Int]
    ) throws(AggregationError) -> [Double] {
        let longest = Self.capFactor * SmallStatistics.median(bound.map { norms[$0] })
        let heaviest = SmallStatistics.median(
            bound.map { Double(candidates.admitted[$0].exampleCount) })
        var coefficients = [Double](repeating: 0, count: candidates.admitted.count)
        var total = 0.0
        for (place, row) in rows.enumerated() {
            let weight =
                min(Double(candidates.admitted[row].exampleCount), heaviest) * uniqueness[place]
            total += weight
            coefficients[row] = norms[row] > longest ? weight * (longest / norms[row]) : weight
        }
        guard total > 0 else { throw .zeroTotalWeight }
        return coefficients.map { $0 / total }
    }
}
