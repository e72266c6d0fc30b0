import FedLearn
import PeerKit

/// What others may learn of a member's update; see `Sources/FedLearn/Privacy/README.md` for what each
/// level hides and leaks.
enum PrivacyChoice: Hashable {
    case none
    /// Each member's update is clipped to `clip`, and the sum gets noise of deviation `sigma` · `clip`.
    case noise(sigma: Double, clip: Double)
    /// Secret sums in groups of at least so many.
    case groups(Int)
    /// A committee of all members compares and sums shares.
    case shared

    /// The norm that shared updates are clipped to.
    static let sharedClip = 4.0

    init(parsing text: String) throws {
        if text == "none" {
            self = .none
        } else if text == "shared" {
            self = .shared
        } else if text.hasPrefix("groups:"), let size = Int(text.dropFirst(7)), size >= 3 {
            self = .groups(size)
        } else if text.hasPrefix("dp:") {
            let numbers = text.dropFirst(3).split(separator: ",").map { Double($0) }
            guard numbers.count == 2, let sigma = numbers[0], let clip = numbers[1],
                sigma > 0, sigma <= 1_000, clip > 0, clip <= 1_000
            else { throw DigitsError("\"\(text)\": expected dp:SIGMA,CLIP, such as dp:1,0.5") }
            self = .noise(sigma: sigma, clip: clip)
        } else {
            throw DigitsError(
                "\"\(text)\": expected none, dp:SIGMA,CLIP, groups:S (at least 3) or shared")
        }
    }

    /// How many updates the rule sees.
    func unitCount(of peers: Int) -> Int {
        if case .groups(let size) = self { peers / size } else { peers }
    }

    /// Whether the level can be had with the other settings.
    func check(_ settings: DigitsSettings, overPeers: Bool) throws {
        switch self {
        case .none: break
        case .noise:
            guard settings.compression == .none else {
                throw DigitsError("noise is added on a grid, which --compression would leave")
            }
            _ = try NoisyMember(settings)
        case .groups(let size):
            guard !overPeers, settings.compression == .none else {
                throw DigitsError("in one process and without --compression only")
            }
            _ = try GroupDraw.groups(
                memberCount: settings.peers, size: size, byzantine: settings.byzantine,
                beacon: ContentHash(hashing: []))
        case .shared:
            guard !overPeers, settings.compression == .none else {
                throw DigitsError("in one process and without --compression only")
            }
            _ = try SharedCommittee(settings, dimension: 1)
        }
    }
}

/// Something that cannot be had.
struct DigitsError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Client-level differential privacy: the member's part of it.
///
/// The sum over members gets noise of deviation σ · clip as long as none of them lies; attackers add none,
/// and are counted on to. What is protected is a whole member's data, from whoever sees the model.
struct NoisyMember {
    let grid: FixedPointGrid
    let share: NoiseShare
    let clip: Double
    let sigma: Double
    private var generator: SecureGenerator

    init(_ settings: DigitsSettings) throws {
        guard case .noise(let sigma, let clip) = settings.privacy else {
            throw DigitsError("no noise was asked for")
        }
        self.sigma = sigma
        self.clip = clip
        grid = try FixedPointGrid(fractionBits: 16, bound: Float(clip))
        share = try NoiseShare(
            multiplier: sigma, clip: clip, clients: settings.peers,
            byzantine: settings.byzantine, dropouts: 0, grid: grid)
        var system = SystemRandomNumberGenerator()
        generator = SecureGenerator(
            key: (0..<SecureGenerator.keyByteCount).map { _ in
                UInt8.random(in: .min ... .max, using: &system)
            })
    }

    /// Clips and adds noise.
    mutating func protect(_ update: [Float]) throws -> [Float] {
        var steps = try grid.quantise(update, clippedToNorm: clip)
        share.distribution.addNoise(to: &steps, using: &generator)
        return grid.dequantise(steps)
    }

    /// ε of so many rounds for δ = 1 / members², by both accountants. Every member takes part in every
    /// round, so nothing is gained by sampling.
    func epsilon(rounds: Int, members: Int) throws -> (renyi: Double, losses: Double) {
        let mechanism = try SubsampledGaussian(noiseMultiplier: sigma)
        let delta = 1 / Double(members * members)
        return (
            try RenyiAccountant.epsilon(of: mechanism, count: rounds, delta: delta),
            try LossAccountant.epsilon(of: mechanism, count: rounds, delta: delta)
        )
    }
}
