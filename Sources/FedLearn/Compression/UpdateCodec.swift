/// Makes updates small.
///
/// A codec decides what is sent; its result knows how to be written and expanded, so a receiver needs
/// no codec. Codecs that carry something over from one update to the next change themselves.
public protocol UpdateCodec: Sendable {
    /// A stable name for settings and reports.
    var name: String { get }

    /// Whether what is left out is always shorter than the update, on average. Only then may it be added
    /// to the next one: ``ErrorFeedback`` around a codec that leaves out more than was there diverges.
    var isContraction: Bool { get }

    /// Compresses an update.
    ///
    /// - Parameter generator: For codecs that round randomly; others leave it alone.
    /// - Throws: ``CompressionError``.
    mutating func compress(
        _ update: [Float], using generator: inout some RandomNumberGenerator
    ) throws(CompressionError) -> CompressedUpdate
}

/// Selects coordinates, then quantises their values.
public struct SelectingCodec: UpdateCodec, Hashable {
    /// Which coordinates are sent.
    public enum Selection: Hashable, Sendable {
        /// All.
        case all
        /// The `count` largest magnitudes, with their indices.
        case largest(count: Int)
        /// Those of a common mask.
        case mask(CoordinateMask)
    }

    /// How values are sent.
    public enum Quantiser: Hashable, Sendable {
        /// As floats, 4 bytes each.
        case exact
        /// As bytes with a scale for every `block` values; 0 for one scale. See ``BlockQuantised``.
        case blocks(block: Int)
        /// Randomly rounded to `steps` steps; see ``NormQuantised``.
        case steps(Int)
        /// As signs, one bit each; see ``Signs``.
        case signs
    }

    /// Which coordinates are sent; a mask may be replaced from round to round.
    public var selection: Selection
    /// How values are sent.
    public let quantiser: Quantiser

    /// Creates a codec.
    ///
    /// - Throws: ``CompressionError/invalid(_:)``.
    public init(
        selection: Selection = .all, quantiser: Quantiser = .exact
    ) throws(CompressionError) {
        switch selection {
        case .all, .mask: break
        case .largest(let count):
            guard count > 0 else { throw .invalid("the \(count) largest coordinates") }
        }
        switch quantiser {
        case .exact, .signs: break
        case .blocks(let block):
            guard (0...CompressionLimits.maximumBlock).contains(block) else {
                throw .invalid("blocks of \(block): 0 to \(CompressionLimits.maximumBlock)")
            }
        case .steps(let steps):
            guard (1...CompressionLimits.maximumSteps).contains(steps) else {
                throw .invalid("\(steps) steps: 1 to \(CompressionLimits.maximumSteps)")
            }
        }
        self.selection = selection
        self.quantiser = quantiser
    }

    /// Such as `largest481+blocks256`.
    public var name: String {
        let first =
            switch selection {
            case .all: "all"
            case .largest(let count): "largest\(count)"
            case .mask(let mask): "mask\(mask.count)"
            }
        let second =
            switch quantiser {
            case .exact: "exact"
            case .blocks(let block): "blocks\(block)"
            case .steps(let steps): "steps\(steps)"
            case .signs: "signs"
            }
        return first + "+" + second
    }

    /// All but randomised steps, whose error may be √*D* / *s* times the update.
    public var isContraction: Bool {
        if case .steps = quantiser { false } else { true }
    }

    /// Compresses an update; see ``UpdateCodec``.
    public func compress(
        _ update: [Float], using generator: inout some RandomNumberGenerator
    ) throws(CompressionError) -> CompressedUpdate {
        guard update.count <= CompressionLimits.maximumDimension else {
            throw .wrongLength(
                found: update.count, expected: CompressionLimits.maximumDimension)
        }
        guard VectorKernels.isFinite(update) else { throw .notFinite }
        switch selection {
        case .all:
            return CompressedUpdate(
                dimension: update.count, selection: .all,
                values: try quantise(update, using: &generator))
        case .largest(let count):
            let indices = VectorKernels.largestMagnitudes(min(count, update.count), of: update)
            return CompressedUpdate(
                dimension: update.count, selection: .indices(indices),
                values: try quantise(indices.map { update[$0] }, using: &generator))
        case .mask(let mask):
            let fitting = CoordinateMask(seed: mask.seed, count: min(mask.count, update.count))
            let indices = fitting.indices(dimension: update.count)
            return CompressedUpdate(
                dimension: update.count, selection: .mask(fitting),
                values: try quantise(indices.map { update[$0] }, using: &generator))
        }
    }

    private func quantise(
        _ values: [Float], using generator: inout some RandomNumberGenerator
    ) throws(CompressionError) -> CompressedUpdate.Values {
        switch quantiser {
        case .exact: return .exact(values)
        case .blocks(let block): return .blocks(BlockQuantised(values, block: block))
        case .steps(let steps):
            return .steps(
                try NormQuantised(values, steps: steps) {
                    Double(generator.next() >> 11) * 0x1p-53
                })
        case .signs: return .signs(Signs(values))
        }
    }
}
