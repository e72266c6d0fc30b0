/// The contributions that may be combined, and those that may not.
///
/// Every rule begins here, so that none has to defend itself against NaN, infinity or impossible weights.
/// One bad contribution costs its sender the round and nobody else anything.
struct Admission: Sendable {
    /// In roster order, whatever the order of arrival was.
    let contributions: [Contribution]
    /// In roster order.
    let rejected: [Rejection]

    var rows: [[Float]] { contributions.map(\.values) }
    var candidates: Candidates {
        Candidates(
            admitted: contributions.map {
                Candidate(member: $0.member, exampleCount: $0.exampleCount)
            }, rejectedCount: rejected.count)
    }

    /// - Parameter valuesAreChecked: Whether all values are looked at now. A rule by distances passes over
    ///   all of them anyway: it says `false`, and calls ``rejecting(_:)`` before it uses any.
    /// - Throws: when vectors differ in length, there are too many, or none is left.
    init(
        _ contributions: [Contribution], dimension: Int, valuesAreChecked: Bool = true
    ) throws(AggregationError) {
        guard contributions.count <= AggregationLimits.largestCount else {
            throw .tooManyContributions(
                have: contributions.count, limit: AggregationLimits.largestCount)
        }
        let ordered = contributions.sorted { $0.member < $1.member }
        var admitted: [Contribution] = []
        var rejected: [Rejection] = []
        for (index, contribution) in ordered.enumerated() {
            let member = contribution.member
            guard contribution.values.count == dimension else {
                throw .wrongDimension(
                    member: member, found: contribution.values.count, expected: dimension)
            }
            let isTwin =
                index > 0 && ordered[index - 1].member == member
                || index + 1 < ordered.count && ordered[index + 1].member == member
            if isTwin {
                if rejected.last?.member != member {
                    rejected.append(Rejection(member: member, reason: .duplicate))
                }
            } else if let reason = Self.fault(of: contribution, valuesAreChecked) {
                rejected.append(Rejection(member: member, reason: reason))
            } else {
                admitted.append(contribution)
            }
        }
        guard !admitted.isEmpty else { throw .noContributions(rejected: rejected) }
        self.contributions = admitted
        self.rejected = rejected
    }

    private init(contributions: [Contribution], rejected: [Rejection]) {
        self.contributions = contributions
        self.rejected = rejected
    }

    /// Without the contributions whose largest magnitude, told by its bits, is impossible.
    ///
    /// - Parameter magnitudes: One per contribution.
    /// - Throws: when none is left.
    func rejecting(_ magnitudes: [UInt32]) throws(AggregationError) -> Admission {
        var left: [Contribution] = []
        var rejected = rejected
        for (contribution, magnitude) in zip(contributions, magnitudes) {
            if let reason = Self.fault(ofMagnitude: Float(bitPattern: magnitude)) {
                rejected.append(Rejection(member: contribution.member, reason: reason))
            } else {
                left.append(contribution)
            }
        }
        rejected.sort { $0.member < $1.member }
        guard !left.isEmpty else { throw .noContributions(rejected: rejected) }
        return Admission(contributions: left, rejected: rejected)
    }

    private static func fault(
        of contribution: Contribution, _ valuesAreChecked: Bool
    ) -> Rejection.Reason? {
        if contribution.exampleCount < 0 { return .negativeWeight }
        if contribution.exampleCount > AggregationLimits.largestWeight { return .excessiveWeight }
        guard valuesAreChecked else { return nil }
        return fault(ofMagnitude: VectorKernels.largestMagnitude(contribution.values))
    }

    private static func fault(ofMagnitude largest: Float) -> Rejection.Reason? {
        guard largest.isFinite else { return .nonFinite }
        return largest <= AggregationLimits.largestMagnitude ? nil : .excessiveMagnitude
    }
}
