import PeerKit

/// What a committee opens, from the messages of its members.
///
/// Everything is pure: members that have the same messages come to the same result. Wrong shares of up
/// to `faults` members are corrected, and their senders named where that can be known.
public enum CommitteeOpening {
    /// The point at which dealt zeros are combined.
    static func challenge(beacon: ContentHash) -> Mersenne61 {
        var generator = SecureGenerator(
            key: ContentHash(hashing: Array("psic zero check 1".utf8) + beacon.bytes).bytes)
        return Mersenne61.random(using: &generator)
    }

    /// Who dealt properly.
    public struct Verdict: Hashable, Sendable {
        /// Members whose zeros are zeros, ascending.
        public var zeroDealers: [Int] = []
        /// Trainers whose updates were shared consistently and do not wrap around, ascending.
        public var trainers: [Int] = []
        /// Members that must have sent wrong shares, ascending.
        public var liars: [Int] = []
        /// Shares that do not fit where nobody but the two can tell who lies. The dealer is left out.
        public var disputes: [Dispute] = []
    }

    /// A share that does not lie on its dealer's polynomial: dealt wrongly, or repeated wrongly.
    public struct Dispute: Hashable, Sendable {
        /// Who dealt.
        public enum Dealer: Hashable, Sendable {
            /// A member, of zeros.
            case member(Int)
            /// A trainer, of its update.
            case trainer(Int)
        }
        /// Who dealt.
        public let dealer: Dealer
        /// The member that holds the share.
        public let holder: Int
    }

    /// Judges the checks of all members that answered.
    ///
    /// At most `faults` members deal badly, so a member that disputes the zeros of more lies itself, as
    /// does one that disputes most trainers. Any other dispute costs the dealer its place.
    ///
    /// - Throws: ``PrivacyError/unusableShares(_:)`` when too few dealt good zeros: of more dealers
    ///   than are curious together one keeps its zeros to itself, and hides all.
    public static func judge(
        _ checks: [Int: Shareholder.Checks], plan: SharingPlan, beacon: ContentHash
    ) throws(PrivacyError) -> Verdict {
        let challenge = challenge(beacon: beacon)
        func check(
            threshold: Int, _ values: (Shareholder.Checks) -> [Mersenne61]?,
            isGood: ([Mersenne61]) -> Bool
        ) -> [Int]? {
            let shares = checks.sorted { $0.key < $1.key }.compactMap { member, said in
                values(said).map { Shamir.Share(member: member, values: $0) }
            }
            guard
                let opened = try? open(
                    shares, plan: plan, threshold: threshold, challenge: challenge),
                isGood(opened.secret)
            else { return nil }
            return opened.wrong
        }
        var disputes: [Dispute] = []
        var dealers: [Int] = []
        for dealer in 0..<plan.committeeCount {
            let wrong = check(threshold: plan.productThreshold) {
                $0.zeros[dealer].map { [$0] }
            } isGood: {
                $0 == [.zero]
            }
            guard let wrong else { continue }
            dealers.append(dealer)
            disputes += wrong.map { Dispute(dealer: .member(dealer), holder: $0) }
        }
        var trainers: [Int] = []
        for trainer in Set(checks.values.flatMap(\.projections.keys)).sorted() {
            let wrong = check(threshold: plan.threshold) {
                $0.projections[trainer]
            } isGood: {
                $0.count == plan.projectionCount
                    && $0.allSatisfy { Double($0.signed.magnitude) <= plan.projectionBound }
            }
            guard let wrong else { continue }
            trainers.append(trainer)
            disputes += wrong.map { Dispute(dealer: .trainer(trainer), holder: $0) }
        }
        let verdict = settle(disputes, dealers: dealers, trainers: trainers, plan: plan)
        guard verdict.zeroDealers.count > plan.privacy else {
            throw .unusableShares("\(verdict.zeroDealers.count) members dealt good zeros")
        }
        return verdict
    }

    private static func settle(
        _ disputes: [Dispute], dealers: [Int], trainers: [Int], plan: SharingPlan
    ) -> Verdict {
        var verdict = Verdict()
        for holder in 0..<plan.committeeCount {
            let own = disputes.filter { $0.holder == holder }
            let withMembers = own.count {
                if case .member = $0.dealer { true } else { false }
            }
            if withMembers > plan.faults || 2 * (own.count - withMembers) > trainers.count {
                verdict.liars.append(holder)
            }
        }
        verdict.disputes = disputes.filter { !verdict.liars.contains($0.holder) }
        let suspects = Set(verdict.disputes.map(\.dealer))
        verdict.zeroDealers = dealers.filter { !suspects.contains(.member($0)) }
        verdict.trainers = trainers.filter { !suspects.contains(.trainer($0)) }
        return verdict
    }

    /// The squared norms and distances of the chosen trainers, in units of the grid's step squared.
    public struct Comparison: Hashable, Sendable {
        /// The trainers, ascending.
        public let trainers: [Int]
        /// Squared norms, in their order.
        public let squaredNorms: [Int64]
        /// Squared distances, row by row, zeros on the diagonal.
        public let squaredDistances: [[Int64]]
        /// Trainers among them whose norm is above the clip: not clipped, or not what they seem.
        public let overlong: [Int]
        /// Members that sent wrong shares, ascending.
        public let liars: [Int]
    }

    /// Opens what ``Shareholder/comparisons(of:zerosFrom:)`` gave at each member.
    ///
    /// - Throws: ``PrivacyError/unusableShares(_:)``.
    public static func compare(
        _ answers: [Int: [Mersenne61]], trainers: [Int], plan: SharingPlan, beacon: ContentHash
    ) throws(PrivacyError) -> Comparison {
        let opened = try open(
            shares(answers), plan: plan, threshold: plan.productThreshold,
            challenge: challenge(beacon: beacon))
        let count = trainers.count
        guard opened.secret.count == count * (count + 1) / 2 else {
            throw .unusableShares("\(opened.secret.count) comparisons of \(count) trainers")
        }
        var norms: [Int64] = []
        var distances = [[Int64]](
            repeating: [Int64](repeating: 0, count: count), count: count)
        var next = 0
        for i in 0..<count {
            for j in i..<count {
                let value = Int64(opened.secret[next].value)
                if i == j {
                    norms.append(value)
                } else {
                    distances[i][j] = value
                    distances[j][i] = value
                }
                next += 1
            }
        }
        let overlong = zip(trainers, norms).filter { Double($0.1) > plan.squaredClip }.map(\.0)
        return Comparison(
            trainers: trainers, squaredNorms: norms, squaredDistances: distances,
            overlong: overlong, liars: opened.wrong)
    }

    /// Opens what ``Shareholder/weightedSum(_:)`` gave at each member: the sum on the grid.
    ///
    /// - Throws: ``PrivacyError/unusableShares(_:)``.
    public static func sum(
        _ answers: [Int: [Mersenne61]], plan: SharingPlan, beacon: ContentHash
    ) throws(PrivacyError) -> (values: [Int64], liars: [Int]) {
        let opened = try open(
            shares(answers), plan: plan, threshold: plan.threshold,
            challenge: challenge(beacon: beacon))
        guard opened.secret.count == plan.dimension else {
            throw .unusableShares("\(opened.secret.count) coordinates")
        }
        return (opened.secret.map(\.signed), opened.wrong)
    }

    private static func shares(_ answers: [Int: [Mersenne61]]) -> [Shamir.Share<Mersenne61>] {
        answers.sorted { $0.key < $1.key }.map { Shamir.Share(member: $0.key, values: $0.value) }
    }

    private static func open(
        _ shares: [Shamir.Share<Mersenne61>], plan: SharingPlan, threshold: Int,
        challenge: Mersenne61
    ) throws(PrivacyError) -> (secret: [Mersenne61], wrong: [Int]) {
        // Whoever did not answer counts as faulty; without the rest wrong answers could pass.
        guard shares.count >= plan.committeeCount - plan.faults else {
            throw .unusableShares("\(shares.count) of \(plan.committeeCount) members answered")
        }
        return try Shamir.combineCorrecting(shares, threshold: threshold, challenge: challenge)
    }
}
