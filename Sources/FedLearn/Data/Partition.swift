/// How the training examples are divided among the members.
///
/// Text form: `iid`, `dirichlet:A` with a positive concentration *A*, such as `dirichlet:0.3`, or
/// `labels:K` with a number of classes *K*, such as `labels:2`.
public enum Partition: Hashable, Sendable {
    /// Every member draws from the same distribution.
    case iid
    /// Each class is spread over the members by shares from a symmetric Dirichlet distribution; the
    /// smaller the concentration, the fewer classes a member sees (Hsu et al. 2019).
    case dirichlet(concentration: Double)
    /// Each member has examples of about `perMember` classes only: rows sorted by class are cut into
    /// `perMember` pieces for each member, dealt at random (McMahan et al. 2017, §3, "pathological
    /// non-IID"). A piece at the border of two classes has both.
    case labels(perMember: Int)

    /// Divides the rows of `labels`: every row to exactly one member, at least one row to each.
    ///
    /// - Parameters:
    ///   - labels: The class of each row.
    ///   - memberCount: The number of shares.
    ///   - seed: Equal seeds give equal shares on every machine.
    /// - Returns: Ascending row indices per member.
    /// - Throws: ``PartitionError/moreMembersThanExamples(members:examples:)``.
    public func shares(
        of labels: [Int], memberCount: Int, seed: UInt64
    ) throws(PartitionError) -> [[Int]] {
        guard memberCount > 0, memberCount <= labels.count else {
            throw .moreMembersThanExamples(members: memberCount, examples: labels.count)
        }
        var generator = SeededGenerator(seed: seed)
        var shares: [[Int]]
        switch self {
        case .iid:
            shares = Self.dealt(Array(labels.indices), to: memberCount, using: &generator)
        case .dirichlet(let concentration):
            shares = Self.spread(
                labels, over: memberCount, concentration: concentration, using: &generator)
            Self.fillEmpty(&shares)
        case .labels(let perMember):
            precondition(perMember > 0, "\(perMember) classes per member")
            shares = Self.cut(
                labels, for: memberCount, perMember: perMember, using: &generator)
            Self.fillEmpty(&shares)
        }
        for index in shares.indices { shares[index].sort() }
        return shares
    }

    private static func dealt(
        _ rows: [Int], to memberCount: Int, using generator: inout SeededGenerator
    ) -> [[Int]] {
        var rows = rows
        generator.shuffle(&rows)
        var shares = [[Int]](repeating: [], count: memberCount)
        for (position, row) in rows.enumerated() { shares[position % memberCount].append(row) }
        return shares
    }

    private static func spread(
        _ labels: [Int], over memberCount: Int, concentration: Double,
        using generator: inout SeededGenerator
    ) -> [[Int]] {
        var shares = [[Int]](repeating: [], count: memberCount)
        let classes = Set(labels).sorted()
        for label in classes {
            var rows = labels.indices.filter { labels[$0] == label }
            generator.shuffle(&rows)
            let proportions = generator.nextDirichlet(
                count: memberCount, concentration: concentration)
            var cumulative = 0.0
            var start = 0
            for member in 0..<memberCount {
                cumulative += proportions[member]
                // The last member takes the rest whatever the proportions' rounding says.
                let end =
                    member == memberCount - 1
                    ? rows.count
                    : min(rows.count, max(start, Int(cumulative * Double(rows.count))))
                shares[member].append(contentsOf: rows[start..<end])
                start = end
            }
        }
        return shares
    }

    private static func cut(
        _ labels: [Int], for memberCount: Int, perMember: Int,
        using generator: inout SeededGenerator
    ) -> [[Int]] {
        // Shuffled first, so that a class is not cut in the order of the file.
        var rows = Array(labels.indices)
        generator.shuffle(&rows)
        let ranks = Dictionary(uniqueKeysWithValues: zip(rows, rows.indices))
        rows.sort { (labels[$0], ranks[$0] ?? 0) < (labels[$1], ranks[$1] ?? 0) }
        let count = memberCount * perMember
        var pieces = Array(0..<count)
        generator.shuffle(&pieces)
        var shares = [[Int]](repeating: [], count: memberCount)
        for (position, piece) in pieces.enumerated() {
            let start = rows.count * piece / count
            let end = rows.count * (piece + 1) / count
            shares[position % memberCount].append(contentsOf: rows[start..<end])
        }
        return shares
    }

    /// Gives each empty share the last row of the share that is largest at that moment.
    private static func fillEmpty(_ shares: inout [[Int]]) {
        for member in shares.indices where shares[member].isEmpty {
            var largest = shares.startIndex
            for index in shares.indices where shares[index].count > shares[largest].count {
                largest = index
            }
            shares[member].append(shares[largest].removeLast())
        }
    }
}

/// Why a partition cannot be read or made.
public enum PartitionError: Error, Equatable, Sendable {
    /// The text is none of the forms.
    case unknownForm(String)
    /// The concentration is not a number within ``Partition/concentrationRange``.
    case invalidConcentration(String)
    /// The number of classes per member is not a whole number within
    /// ``Partition/classesPerMemberRange``.
    case invalidClassCount(String)
    /// Not every member can have an example.
    case moreMembersThanExamples(members: Int, examples: Int)
}

extension PartitionError: CustomStringConvertible {
    /// What was expected and what came.
    public var description: String {
        switch self {
        case .unknownForm(let text):
            "unknown partition \"\(text)\": expected iid, dirichlet:A, such as dirichlet:0.3, "
                + "or labels:K, such as labels:2"
        case .invalidConcentration(let text):
            "invalid Dirichlet concentration \"\(text)\": expected a number from "
                + "\(Partition.concentrationRange.lowerBound) to "
                + "\(Partition.concentrationRange.upperBound)"
        case .invalidClassCount(let text):
            "invalid number of classes per member \"\(text)\": expected a whole number from "
                + "\(Partition.classesPerMemberRange.lowerBound) to "
                + "\(Partition.classesPerMemberRange.upperBound)"
        case .moreMembersThanExamples(let members, let examples):
            "\(members) members cannot share \(examples) examples: each needs at least one"
        }
    }
}

extension Partition: CustomStringConvertible {
    /// Concentrations that make sense: below, one member has each class; above, it is IID.
    public static let concentrationRange = 0.001...1_000_000

    /// Numbers of classes per member that make sense.
    public static let classesPerMemberRange = 1...1000

    /// Parses the text form.
    public init(parsing text: String) throws(PartitionError) {
        if text == "iid" {
            self = .iid
            return
        }
        let labels = "labels:"
        if text.hasPrefix(labels) {
            let number = String(text.dropFirst(labels.count))
            guard let count = Int(number), Self.classesPerMemberRange.contains(count) else {
                throw .invalidClassCount(number)
            }
            self = .labels(perMember: count)
            return
        }
        let prefix = "dirichlet:"
        guard text.hasPrefix(prefix) else { throw .unknownForm(text) }
        let number = String(text.dropFirst(prefix.count))
        guard let concentration = Double(number), Self.concentrationRange.contains(concentration)
        else { throw .invalidConcentration(number) }
        self = .dirichlet(concentration: concentration)
    }

    /// The text form.
    public var description: String {
        switch self {
        case .iid: "iid"
        case .dirichlet(let concentration): "dirichlet:\(concentration)"
        case .labels(let perMember): "labels:\(perMember)"
        }
    }
}

extension Partition: Codable {
    /// Decodes the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do throws(PartitionError) {
            self = try Self(parsing: text)
        } catch {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: error.description)
        }
    }

    /// Encodes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
