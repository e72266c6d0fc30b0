/// How the members of a task compress their updates: what a task or a command line says.
///
/// Text form: `none`, or `COORDINATES+VALUES`, or `rank:R`. Coordinates are `all`, `largest:P` or `mask:P`
/// with a percentage *P*; values are `exact`, `bytes`, `steps:N` or `signs`. So `mask:48+bytes` sends bytes
/// for 48 % of the coordinates, in every round others, the same for all members.
public enum UpdateCompression: Hashable, Sendable {
    /// Every coordinate as a float.
    case none
    /// See ``SelectingCodec``.
    case selecting(Coordinates, Values)
    /// Matrices as products of thin ones; see ``LowRankCodec``.
    case lowRank(rank: Int)

    /// Which coordinates are sent.
    public enum Coordinates: Hashable, Sendable {
        /// All.
        case all
        /// The largest so many in a hundred; each member has its own.
        case largest(percent: Int)
        /// So many in a hundred at random, the same for all members.
        case mask(percent: Int)
    }

    /// How values are sent.
    public enum Values: Hashable, Sendable {
        /// As floats.
        case exact
        /// As bytes with a scale for every ``UpdateCompression/block``.
        case bytes
        /// Randomly rounded to so many steps of the norm.
        case steps(Int)
        /// As signs.
        case signs
    }

    /// Values that share a scale.
    public static let block = 256

    /// Some that are good for something, for those who look for one.
    public static let examples = [
        "none", "all+bytes", "all+steps:7", "all+signs", "mask:48+bytes", "mask:25+bytes",
        "largest:25+bytes", "largest:10+bytes", "largest:5+exact", "rank:2",
    ]

    /// Whether what is left out is to be added to the next update; see ``ErrorFeedback``.
    public var hasErrorFeedback: Bool {
        switch self {
        case .none, .selecting(.all, .exact): false
        case .selecting(_, .steps): false
        case .selecting, .lowRank: true
        }
    }

    /// Whether all members send the same coordinates, so that rules that compare updates see them
    /// undistorted.
    public var keepsGeometry: Bool {
        switch self {
        case .none, .selecting(.all, _), .selecting(.mask, _): true
        case .selecting(.largest, _), .lowRank: false
        }
    }

    /// The codec of a round; `nil` for ``none``.
    ///
    /// A new one in every round, with nothing carried over, so that a member that was restarted
    /// compresses to the same bits again.
    func codec(
        round: Int, seed: UInt64, layout: ParameterLayout
    ) throws(CompressionError) -> (any UpdateCodec)? {
        switch self {
        case .none: return nil
        case .selecting(let coordinates, let values):
            return try SelectingCodec(
                selection: selection(
                    coordinates, round: round, seed: seed, dimension: layout.count),
                quantiser: values.quantiser)
        case .lowRank(let rank):
            return try LowRankCodec(
                layout: layout, rank: rank, seed: Self.seed(of: round, in: seed))
        }
    }

    /// Whether an update is what this compression makes in `round`.
    func accepts(_ update: CompressedUpdate, round: Int, seed: UInt64) -> Bool {
        switch (self, update.selection, update.values) {
        case (.none, _, _): return false
        case (.lowRank, .all, .lowRank): return true
        case (.selecting(let coordinates, let values), _, _):
            guard values.describes(update.values) else { return false }
            let expected = selection(
                coordinates, round: round, seed: seed, dimension: update.dimension)
            switch (expected, update.selection) {
            case (.all, .all): return true
            case (.largest(let count), .indices(let indices)): return indices.count == count
            case (.mask(let mask), .mask(let found)): return mask == found
            default: return false
            }
        default: return false
        }
    }

    private func selection(
        _ coordinates: Coordinates, round: Int, seed: UInt64, dimension: Int
    ) -> SelectingCodec.Selection {
        switch coordinates {
        case .all: .all
        case .largest(let percent): .largest(count: Self.share(percent, of: dimension))
        case .mask(let percent):
            .mask(
                CoordinateMask(
                    seed: Self.seed(of: round, in: seed),
                    count: Self.share(percent, of: dimension)))
        }
    }

    /// Rounded up, at least one.
    private static func share(_ percent: Int, of dimension: Int) -> Int {
        max(1, (dimension * percent + 99) / 100)
    }

    /// Follows from the task and the round, so nobody can choose it, but everybody can foresee it; with a
    /// beacon it will follow from that.
    private static func seed(of round: Int, in seed: UInt64) -> UInt64 {
        var generator = SeededGenerator(seeds: seed, 0x6d61_736b, UInt64(clamping: round))
        return generator.next()
    }
}

extension UpdateCompression.Values {
    var quantiser: SelectingCodec.Quantiser {
        switch self {
        case .exact: .exact
        case .bytes: .blocks(block: UpdateCompression.block)
        case .steps(let count): .steps(count)
        case .signs: .signs
        }
    }

    func describes(_ values: CompressedUpdate.Values) -> Bool {
        switch (self, values) {
        case (.exact, .exact), (.signs, .signs): true
        case (.bytes, .blocks(let blocks)): blocks.block == UpdateCompression.block
        case (.steps(let count), .steps(let found)): found.steps == count
        default: false
        }
    }
}

extension UpdateCompression: CustomStringConvertible {
    /// Reads the text form.
    ///
    /// - Throws: ``CompressionError/invalid(_:)``.
    public init(parsing text: String) throws(CompressionError) {
        func refuse() -> CompressionError {
            .invalid(
                "compression \"\(text)\": expected none, rank:R, or all, largest:P or mask:P (P in "
                    + "percent), +, and exact, bytes, steps:N or signs; such as mask:48+bytes")
        }
        func number(_ text: Substring, after prefix: String, in range: ClosedRange<Int>)
            throws(CompressionError) -> Int
        {
            guard let value = Int(text.dropFirst(prefix.count)), range.contains(value) else {
                throw refuse()
            }
            return value
        }
        if text == "none" {
            self = .none
            return
        }
        if text.hasPrefix("rank:") {
            let rank = try number(text[...], after: "rank:", in: 1...CompressionLimits.maximumRank)
            self = .lowRank(rank: rank)
            return
        }
        let parts = text.split(separator: "+", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw refuse() }
        let coordinates: Coordinates
        if parts[0] == "all" {
            coordinates = .all
        } else if parts[0].hasPrefix("largest:") {
            coordinates = .largest(percent: try number(parts[0], after: "largest:", in: 1...100))
        } else if parts[0].hasPrefix("mask:") {
            coordinates = .mask(percent: try number(parts[0], after: "mask:", in: 1...100))
        } else {
            throw refuse()
        }
        switch parts[1] {
        case "exact": self = .selecting(coordinates, .exact)
        case "bytes": self = .selecting(coordinates, .bytes)
        case "signs": self = .selecting(coordinates, .signs)
        default:
            guard parts[1].hasPrefix("steps:") else { throw refuse() }
            let steps = try number(
                parts[1], after: "steps:", in: 1...CompressionLimits.maximumSteps)
            self = .selecting(coordinates, .steps(steps))
        }
    }

    /// The text form.
    public var description: String {
        switch self {
        case .none: return "none"
        case .lowRank(let rank): return "rank:\(rank)"
        case .selecting(let coordinates, let values):
            let first =
                switch coordinates {
                case .all: "all"
                case .largest(let percent): "largest:\(percent)"
                case .mask(let percent): "mask:\(percent)"
                }
            let second =
                switch values {
                case .exact: "exact"
                case .bytes: "bytes"
                case .steps(let count): "steps:\(count)"
                case .signs: "signs"
                }
            return first + "+" + second
        }
    }
}

extension UpdateCompression: Codable {
    /// Decodes the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do throws(CompressionError) {
            self = try Self(parsing: text)
        } catch {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\(error)")
        }
    }

    /// Encodes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
