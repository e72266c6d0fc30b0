import FedLearn
import PeerKit

/// All members are trainers and the committee: each shares its update out, the committee opens norms,
/// distances and one weighted sum. Honest members only answer here; that lies are corrected is tested
/// in the library.
struct SharedCommittee {
    private let settings: DigitsSettings
    private let plan: SharingPlan
    private var rule: any AggregationRule
    private var optimizer: any ServerOptimizer
    /// Steps of a coefficient.
    private let weightScale = Double(1 << 20)

    init(_ settings: DigitsSettings, dimension: Int) throws {
        self.settings = settings
        rule = settings.part.rule.rule(seed: settings.seed)
        optimizer = settings.part.step.optimizer(rounds: settings.rounds)
        switch rule.stage {
        case .sums: break
        case .geometry(let geometry):
            guard geometry.regions(dimension: 8) == [.everything] else { throw Self.unfit(rule) }
            let sample = Geometry(count: settings.peers)
            let candidates = Candidates(
                admitted: (0..<settings.peers).map { Candidate(member: $0, exampleCount: 1) },
                rejectedCount: 0)
            guard case .combination = try geometry.plan(from: [sample], candidates: candidates).work
            else { throw Self.unfit(rule) }
        case .coordinates: throw Self.unfit(rule)
        }
        if settings.part.rule.name.hasSuffix("centeredClipping") { throw Self.unfit(rule) }
        plan = try SharingPlan(
            committeeCount: settings.peers, privacy: 1, faults: settings.byzantine,
            grid: FixedPointGrid(fractionBits: 20, bound: 8),
            clip: PrivacyChoice.sharedClip, dimension: dimension)
    }

    private static func unfit(_ rule: any AggregationRule) -> DigitsError {
        DigitsError("the committee knows distances only, and \(rule.name) asks for more")
    }

    /// A round: deal, check, compare, choose, sum.
    mutating func combine(
        _ contributions: [Contribution], round: Int, from model: SharedModel, bytes: inout Int
    ) throws -> RoundOutcome {
        var rejected: [Rejection] = []
        var dealt: [(Contribution, [Shamir.Share<Mersenne61>])] = []
        for contribution in contributions {
            var generator = Self.generator()
            if let shares = try? plan.deal(contribution.values, using: &generator) {
                dealt.append((contribution, shares))
            } else {
                rejected.append(Rejection(member: contribution.member, reason: .nonFinite))
            }
        }
        // A share is a number of 61 bits for each coordinate and member of the committee.
        bytes = 8 * plan.dimension * plan.committeeCount
        let trainers = dealt.map(\.0.member)
        let beacon = ContentHash(hashing: Array("committee \(settings.seed) \(round)".utf8))
        var holders = try (0..<plan.committeeCount).map {
            try Shareholder(plan: plan, member: $0, trainers: trainers)
        }
        for (contribution, shares) in dealt {
            for share in shares {
                _ = holders[share.member].receive(share.values, from: contribution.member)
            }
        }
        for dealer in holders.indices {
            var generator = Self.generator()
            for zero in try holders[dealer].dealZeros(using: &generator) {
                _ = holders[zero.member].receiveZeros(zero.values, from: dealer)
            }
        }
        let checks = Dictionary(
            uniqueKeysWithValues: holders.map { ($0.member, $0.checks(beacon: beacon)) })
        let verdict = try CommitteeOpening.judge(checks, plan: plan, beacon: beacon)
        let answers = try Dictionary(
            uniqueKeysWithValues: holders.map {
                (
                    $0.member,
                    try $0.comparisons(of: verdict.trainers, zerosFrom: verdict.zeroDealers)
                )
            })
        let comparison = try CommitteeOpening.compare(
            answers, trainers: verdict.trainers, plan: plan, beacon: beacon)
        let geometry = Geometry(comparison, grid: plan.grid)
        let weights = Dictionary(
            uniqueKeysWithValues: dealt.map { ($0.0.member, $0.0.exampleCount) })
        let candidates = Candidates(
            admitted: verdict.trainers.map {
                Candidate(
                    member: $0,
                    exampleCount: min(max(weights[$0] ?? 0, 0), AggregationLimits.largestWeight))
            }, rejectedCount: rejected.count)
        let chosen: AggregationPlan
        do throws(AggregationError) {
            chosen = try choose(geometry, candidates)
        } catch {
            return RoundOutcome(counted: [], rejected: rejected, model: nil, failure: error)
        }
        guard case .combination(let coefficients) = chosen.work else { throw Self.unfit(rule) }
        let steps = zip(verdict.trainers, coefficients).map {
            ($0, Int32(($1 * weightScale).rounded()))
        }
        let sums = try Dictionary(
            uniqueKeysWithValues: holders.map {
                ($0.member, try $0.weightedSum(Dictionary(uniqueKeysWithValues: steps)))
            })
        let opened = try CommitteeOpening.sum(sums, plan: plan, beacon: beacon)
        let values = opened.values.map { Float(Double($0) / (weightScale * plan.grid.scale)) }
        rejected += chosen.rejected.map {
            Rejection(member: verdict.trainers[$0.row], reason: $0.reason)
        }
        let counted = zip(verdict.trainers, coefficients).filter { $0.1 != 0 }.map(\.0)
        rule.remember(
            Aggregate(
                values: values, included: counted, rejected: rejected,
                evidence: Evidence(members: verdict.trainers, geometry: geometry)))
        var parameters = model.parameters
        optimizer.step(&parameters, along: values)
        return RoundOutcome(
            counted: counted, rejected: rejected, model: SharedModel(parameters: parameters))
    }

    private func choose(
        _ geometry: Geometry, _ candidates: Candidates
    ) throws(AggregationError) -> AggregationPlan {
        switch rule.stage {
        case .geometry(let rule): return try rule.plan(from: [geometry], candidates: candidates)
        case .sums(let rule):
            return AggregationPlan(
                .combination(
                    try rule.coefficients(weights: candidates.admitted.map(\.exampleCount))))
        case .coordinates: throw .invalidSetting("\(rule.name) asks for more than distances")
        }
    }

    private static func generator() -> SecureGenerator {
        var system = SystemRandomNumberGenerator()
        return SecureGenerator(
            key: (0..<SecureGenerator.keyByteCount).map { _ in
                UInt8.random(in: .min ... .max, using: &system)
            })
    }
}
