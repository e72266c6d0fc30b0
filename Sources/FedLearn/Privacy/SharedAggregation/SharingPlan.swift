import PeerKit

/// How a round's updates are shared with a committee that compares and sums them without seeing any.
///
/// Values are shared over GF(2^61 − 1) with degree `privacy`: any `privacy` members learn nothing
/// beyond what is opened. Squared norms and distances are products of shares and thus of degree
/// 2 · `privacy`, so the committee needs 2 · `privacy` + 1 answers, and two more for every member that
/// may answer wrongly.
public struct SharingPlan: Hashable, Sendable {
    /// Members of the committee.
    public let committeeCount: Int
    /// Members that may put their shares together and still learn nothing.
    public let privacy: Int
    /// The most members that may answer wrongly or not at all; wrong answers are corrected and named.
    public let faults: Int
    /// The grid of the shared values.
    public let grid: FixedPointGrid
    /// The Euclidean norm that honest trainers clip to.
    public let clip: Double
    /// Coordinates of an update.
    public let dimension: Int
    /// Random projections that are opened of every update.
    public let projectionCount: Int

    /// Creates a plan.
    ///
    /// - Throws: ``PrivacyError`` when the committee is too small for what it shall withstand, or the
    ///   clipped values could wrap around the field.
    public init(
        committeeCount: Int, privacy: Int, faults: Int, grid: FixedPointGrid, clip: Double,
        dimension: Int, projectionCount: Int = 32
    ) throws(PrivacyError) {
        guard (1...PrivacyLimits.maximumCommitteeMembers).contains(committeeCount),
            privacy >= 1, faults >= 0
        else { throw .invalid("a committee of \(committeeCount), \(privacy) of them curious") }
        guard 2 * privacy + 1 + 2 * faults <= committeeCount else {
            throw .tooManyFaults(
                "\(committeeCount) members: \(2 * privacy + 1 + 2 * faults) are needed to open "
                    + "distances against \(privacy) curious and \(faults) faulty ones")
        }
        guard (1...PrivacyLimits.maximumWords).contains(dimension) else {
            throw .invalid("\(dimension) coordinates")
        }
        guard (1...PrivacyLimits.maximumProjections).contains(projectionCount) else {
            throw .invalid("\(projectionCount) projections")
        }
        // Squared distances are at most (2 C 2^f)², and must stay below half the field.
        guard clip > 0, clip * grid.scale < 0x1p28 else {
            throw .invalid("clip \(clip) with \(grid.fractionBits) fraction bits: below 2^28 steps")
        }
        self.committeeCount = committeeCount
        self.privacy = privacy
        self.faults = faults
        self.grid = grid
        self.clip = clip
        self.dimension = dimension
        self.projectionCount = projectionCount
    }

    /// Shares that open a value of degree ``privacy``.
    public var threshold: Int { privacy + 1 }
    /// Shares that open a product.
    public var productThreshold: Int { 2 * privacy + 1 }

    /// The largest squared norm of an honest vector, in steps.
    var squaredClip: Double { (clip * grid.scale) * (clip * grid.scale) }

    /// What a projection of an honest vector on random signs exceeds with probability below 10^-13:
    /// eight times its norm (Hoeffding).
    var projectionBound: Double { 8 * clip * grid.scale }

    /// An update as shares, one for each member of the committee.
    ///
    /// - Parameter generator: Cryptographic.
    /// - Throws: ``PrivacyError`` for a vector of another length or one that is not finite.
    /// - Complexity: O(*dimension* · *committee* · *privacy*).
    public func deal(
        _ update: [Float], using generator: inout SecureGenerator
    ) throws(PrivacyError) -> [Shamir.Share<Mersenne61>] {
        guard update.count == dimension else {
            throw .invalid("an update of \(update.count): expected \(dimension)")
        }
        let steps = try grid.quantise(update, clippedToNorm: clip)
        return try Shamir.split(
            steps.map { Mersenne61(signed: Int64($0)) }, threshold: threshold,
            count: committeeCount, using: &generator)
    }

    /// The signs of the round's projections, from randomness that was unknown when updates were dealt:
    /// −1, 0, 0 or 1 for every coordinate (as in PINE: Rothblum, Omri, Chen and Talwar 2024).
    func projectionSigns(beacon: ContentHash) -> ProjectionSigns {
        ProjectionSigns(beacon: beacon)
    }
}

/// A stream of random signs, two bits a sign.
struct ProjectionSigns {
    private var generator: SecureGenerator
    private var bits: UInt64 = 0
    private var left = 0

    init(beacon: ContentHash) {
        generator = SecureGenerator(
            key: ContentHash(hashing: Array("psic projections 1".utf8) + beacon.bytes).bytes)
    }

    /// 1, −1 or (half the time) 0.
    mutating func next() -> Int {
        if left == 0 {
            bits = generator.next()
            left = 32
        }
        defer {
            bits >>= 2
            left -= 1
        }
        switch bits & 3 {
        case 0: return 1
        case 1: return -1
        default: return 0
        }
    }
}
