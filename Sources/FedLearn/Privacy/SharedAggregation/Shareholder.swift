import PeerKit

/// One member of a committee that holds shares of updates.
///
/// Four steps, each a message to every other member; ``CommitteeOpening`` reads what all of them said:
///
/// 1. ``dealZeros(using:)``: random sharings of zero, which hide everything but the value in what is
///    opened of products.
/// 2. ``checks(beacon:)``: random combinations that show whether zeros and updates were dealt
///    properly, and the projections that show whether an update wraps around the field.
/// 3. ``comparisons(of:zerosFrom:)``: shares of squared norms and distances.
/// 4. ``weightedSum(_:)``: a share of the chosen combination.
public struct Shareholder: Sendable {
    /// The plan.
    public let plan: SharingPlan
    /// This member's place in the committee.
    public let member: Int
    /// The trainers whose updates are compared, ascending.
    public let trainers: [Int]

    private var updates: [Int: [Mersenne61]] = [:]
    private var zeros: [Int: [Mersenne61]] = [:]

    /// Creates a shareholder.
    ///
    /// - Throws: ``PrivacyError/invalid(_:)``.
    public init(plan: SharingPlan, member: Int, trainers: [Int]) throws(PrivacyError) {
        guard (0..<plan.committeeCount).contains(member) else {
            throw .invalid("member \(member) of \(plan.committeeCount)")
        }
        guard (1...PrivacyLimits.maximumTrainers).contains(trainers.count),
            Set(trainers).count == trainers.count, trainers == trainers.sorted()
        else { throw .invalid("trainers \(trainers): expected ascending, each once") }
        self.plan = plan
        self.member = member
        self.trainers = trainers
    }

    /// Takes a trainer's share; false for a stranger, a second share or one of another length.
    public mutating func receive(_ share: [Mersenne61], from trainer: Int) -> Bool {
        guard trainers.contains(trainer), updates[trainer] == nil, share.count == plan.dimension
        else { return false }
        updates[trainer] = share
        return true
    }

    /// The trainers whose shares have come, ascending.
    public var present: [Int] { trainers.filter { updates[$0] != nil } }

    // MARK: Zeros

    /// How many scalars are opened of products: the upper triangle with the diagonal, and one more
    /// that hides the check.
    var zeroCount: Int { trainers.count * (trainers.count + 1) / 2 + 1 }

    /// Sharings of zero of degree 2 · `privacy`, one list for each member of the committee.
    ///
    /// Without them the opened polynomials, products of two random ones, would tell more than their
    /// values at zero.
    public func dealZeros(
        using generator: inout SecureGenerator
    ) throws(PrivacyError) -> [Shamir.Share<Mersenne61>] {
        let secret = [Mersenne61](repeating: .zero, count: zeroCount)
        return try Shamir.split(
            secret, threshold: plan.productThreshold, count: plan.committeeCount,
            using: &generator)
    }

    /// Takes the zeros that a member dealt; false for a stranger, a second deal or another length.
    public mutating func receiveZeros(_ share: [Mersenne61], from dealer: Int) -> Bool {
        guard (0..<plan.committeeCount).contains(dealer), zeros[dealer] == nil,
            share.count == zeroCount
        else { return false }
        zeros[dealer] = share
        return true
    }

    // MARK: Checks

    /// What a member says about how things were dealt.
    public struct Checks: Hashable, Sendable {
        /// Per dealer of zeros: the combination of its zeros with powers of the challenge.
        public var zeros: [Int: Mersenne61]
        /// Per trainer: its projections.
        public var projections: [Int: [Mersenne61]]
    }

    /// This member's shares of all checks. `beacon` must not be known before everything was dealt.
    public func checks(beacon: ContentHash) -> Checks {
        let challenge = CommitteeOpening.challenge(beacon: beacon)
        var result = Checks(zeros: [:], projections: [:])
        for (dealer, shares) in zeros {
            result.zeros[dealer] = shares.reversed().reduce(Mersenne61.zero) {
                $0 * challenge + $1
            }
        }
        var signs = plan.projectionSigns(beacon: beacon)
        for _ in 0..<plan.projectionCount {
            let row = (0..<plan.dimension).map { _ in signs.next() }
            for trainer in present {
                guard let share = updates[trainer] else { continue }
                result.projections[trainer, default: []].append(Self.project(share, on: row))
            }
        }
        return result
    }

    private static func project(_ share: [Mersenne61], on signs: [Int]) -> Mersenne61 {
        var total = Mersenne61.zero
        for (value, sign) in zip(share, signs) {
            if sign > 0 { total = total + value } else if sign < 0 { total = total - value }
        }
        return total
    }

    // MARK: Comparisons and sum

    /// Shares of the squared norms (on the diagonal) and distances of `chosen`, in the order
    /// (0, 0), (0, 1), …, (1, 1), …, hidden by the zeros of `dealers`.
    public func comparisons(
        of chosen: [Int], zerosFrom dealers: [Int]
    ) throws(PrivacyError) -> [Mersenne61] {
        guard dealers.allSatisfy({ zeros[$0] != nil }) else {
            throw .unusableShares("zeros of a dealer are missing")
        }
        var result: [Mersenne61] = []
        for (i, first) in chosen.enumerated() {
            for second in chosen[i...] {
                guard let a = updates[first], let b = updates[second] else {
                    throw .unusableShares("no share of trainer \(first) or \(second)")
                }
                var value = first == second ? Self.squaredNorm(a) : Self.squaredDistance(a, b)
                // The last zero has been spent on the check.
                for dealer in dealers where result.count < zeroCount - 1 {
                    value = value + (zeros[dealer]?[result.count] ?? .zero)
                }
                result.append(value)
            }
        }
        return result
    }

    /// This member's share of Σ weight · update.
    ///
    /// - Throws: ``PrivacyError`` for an update it does not hold, or when the sum could wrap around.
    public func weightedSum(_ weights: [Int: Int32]) throws(PrivacyError) -> [Mersenne61] {
        var magnitude = 0.0
        for (_, weight) in weights { magnitude += Double(weight.magnitude) }
        guard magnitude * plan.clip * plan.grid.scale < 0x1p59 else {
            throw .invalid("weights that add up to \(magnitude)")
        }
        var total = [Mersenne61](repeating: .zero, count: plan.dimension)
        for (trainer, weight) in weights.sorted(by: { $0.key < $1.key }) {
            guard let share = updates[trainer] else {
                throw .unusableShares("no share of trainer \(trainer)")
            }
            let factor = Mersenne61(signed: Int64(weight))
            for index in total.indices { total[index] = total[index] + factor * share[index] }
        }
        return total
    }

    private static func squaredNorm(_ a: [Mersenne61]) -> Mersenne61 {
        var total = Mersenne61.zero
        for value in a { total = total + value * value }
        return total
    }

    private static func squaredDistance(_ a: [Mersenne61], _ b: [Mersenne61]) -> Mersenne61 {
        var total = Mersenne61.zero
        for index in a.indices {
            let difference = a[index] - b[index]
            total = total + difference * difference
        }
        return total
    }
}
