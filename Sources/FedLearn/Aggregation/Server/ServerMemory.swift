/// What rule and server optimiser remember, as a value and as bytes.
public struct ServerMemory: Sendable, Equatable {
    /// What rules remember.
    public enum Rule: Sendable, Equatable {
        /// Nothing.
        case nothing
        /// How members have agreed: ``AnchoredMean``.
        case agreement(AgreementMemory)
        /// Where the next search begins: ``CenteredClipping``.
        case center([Float])
    }

    /// What the rule remembers.
    public var rule: Rule
    /// What the optimiser remembers; see ``ServerOptimizer/moments``.
    public var moments: [[Double]]

    /// A memory.
    public init(rule: Rule = .nothing, moments: [[Double]] = []) {
        self.rule = rule
        self.moments = moments
    }

    /// The most bytes for models of so many parameters: two moments of `Double`, a centre of `Float`,
    /// the agreement of the largest roster, and the counts between them.
    public static func maximumBytes(parameterCount: Int) -> Int {
        20 * min(parameterCount, RoundLimits.maximumParameters)
            + 8 * RoundLimits.maximumMembers
            * (AgreementMemory.Span.allCases.count * RoundLimits.maximumMembers + 1) + 256
    }

    /// Hands the rule's part to a rule.
    ///
    /// - Returns: Whether the rule is of the kind that remembers so.
    func isTakenUp(by rule: inout any AggregationRule) -> Bool {
        switch self.rule {
        case .nothing: return true
        case .agreement(let memory):
            guard let anchored = rule as? AnchoredMean else { return false }
            rule = AnchoredMean(maximumFaults: anchored.maximumFaults, memory: memory)
            return true
        case .center(let center):
            guard let centred = Self.centred(rule, at: center) else { return false }
            rule = centred
            return true
        }
    }

    private static func centred(
        _ rule: any AggregationRule, at center: [Float]
    ) -> (any AggregationRule)? {
        switch rule {
        case let rule as CenteredClipping:
            CenteredClipping(radius: rule.radius, iterations: rule.iterations, center: center)
        case let rule as NearestNeighborMixing:
            centred(rule.inner, at: center).map {
                NearestNeighborMixing(maximumFaults: rule.maximumFaults, then: $0)
            }
        case let rule as Bucketing:
            centred(rule.inner, at: center).map { rule.replacingInner(by: $0) }
        default: nil
        }
    }
}

extension ServerMemory.Rule {
    /// What a rule remembers.
    public init(of rule: any AggregationRule) {
        switch rule {
        case let rule as AnchoredMean where !rule.memory.members.isEmpty:
            self = .agreement(rule.memory)
        case let rule as CenteredClipping where !rule.center.isEmpty: self = .center(rule.center)
        case let rule as any Premixing: self.init(of: rule.inner)
        default: self = .nothing
        }
    }
}

extension ServerMemory {
    static let version: UInt8 = 1

    private enum Kind: UInt8 { case nothing, agreement, center }

    /// The bytes; none when nothing is remembered.
    ///
    /// Version 1: one byte version, one byte for the kind of rule, then its part (the members and their
    /// agreement row by row, or the centre), the count of moments, and each with its count in front.
    /// Numbers that nobody knows yet are the one quiet NaN.
    public var encoded: [UInt8] {
        if rule == .nothing, moments.isEmpty { return [] }
        var out = WireWriter()
        out.byte(Self.version)
        switch rule {
        case .nothing: out.byte(Kind.nothing.rawValue)
        case .agreement(let memory):
            out.byte(Kind.agreement.rawValue)
            out.varint(memory.members.count)
            for member in memory.members { out.varint(member) }
            for span in AgreementMemory.Span.allCases {
                for one in memory.members {
                    for other in memory.members {
                        let value = memory.agreement(one, other, over: span) ?? .nan
                        out.integer(value.bitPattern)
                    }
                }
            }
        case .center(let center):
            out.byte(Kind.center.rawValue)
            out.varint(center.count)
            out.floats(center)
        }
        out.varint(moments.count)
        for moment in moments {
            out.varint(moment.count)
            for value in moment { out.integer(value.bitPattern) }
        }
        return out.bytes
    }

    /// Reads a memory of models of so many parameters.
    ///
    /// - Throws: ``WireError``; every count is checked before memory is taken.
    public init(decoding bytes: [UInt8], dimension: Int) throws(WireError) {
        self.init()
        guard !bytes.isEmpty else { return }
        var reader = WireReader(bytes)
        let version = try reader.byte()
        guard version == Self.version else { throw .unknownVersion(version) }
        let code = try reader.byte()
        guard let kind = Kind(rawValue: code) else { throw .unknownKind(code) }
        switch kind {
        case .nothing: break
        case .agreement: rule = .agreement(try Self.agreement(&reader))
        case .center:
            let count = try reader.count(limit: dimension, itemBytes: 4)
            guard count == dimension, count > 0 else { throw .outOfRange }
            let center = try reader.floats(count)
            guard VectorKernels.largestMagnitude(center) <= AggregationLimits.largestMagnitude
            else { throw .outOfRange }
            rule = .center(center)
        }
        let count = try reader.count(limit: 3, itemBytes: 1)
        for _ in 0..<count {
            let length = try reader.count(limit: max(dimension, 2), itemBytes: 8)
            var moment: [Double] = []
            moment.reserveCapacity(length)
            for _ in 0..<length {
                let value = Double(bitPattern: try reader.integer(UInt64.self))
                guard value.isFinite else { throw .outOfRange }
                moment.append(value)
            }
            moments.append(moment)
        }
        try reader.finish()
        guard rule != .nothing || !moments.isEmpty else { throw .notCanonical }
    }

    private static func agreement(_ reader: inout WireReader) throws(WireError) -> AgreementMemory {
        let count = try reader.count(limit: RoundLimits.maximumMembers, itemBytes: 1)
        guard count > 0 else { throw .notCanonical }
        var members: [Int] = []
        for _ in 0..<count {
            members.append(try reader.varint(limit: RoundLimits.maximumMembers - 1))
        }
        let spans = AgreementMemory.Span.allCases.count
        guard spans * count * count <= reader.remaining / 8 else { throw .truncated }
        var tables: [[Double]] = []
        for _ in 0..<spans {
            var values: [Double] = []
            values.reserveCapacity(count * count)
            for _ in 0..<count * count {
                let value = Double(bitPattern: try reader.integer(UInt64.self))
                guard !value.isNaN || value.bitPattern == Double.nan.bitPattern else {
                    throw .notCanonical
                }
                values.append(value)
            }
            tables.append(values)
        }
        guard let memory = AgreementMemory(members: members, tables: tables) else {
            throw .outOfRange
        }
        return memory
    }
}
