/// How well every two members' updates have agreed, averaged over rounds.
///
/// A number per pair and ``Span``, in -1...1. Older rounds fade, so that whoever turns is found out, and so
/// that newcomers are not behind for long. Members who share the rounds share the memory bit for bit; it
/// belongs to the state that a checkpoint holds.
public struct AgreementMemory: Equatable, Sendable {
    /// How far back an average reaches.
    public enum Span: Int, CaseIterable, Sendable {
        /// Half of it is 14 rounds old: long, because a single round's cosines say little when members'
        /// data differ.
        case long
        /// Half of it is 2 rounds old: members who turn are seen within three rounds where the data are
        /// alike enough for so few rounds to speak.
        case short

        /// What the newest round counts.
        public var newestShare: Double {
            switch self {
            case .long: 0.05
            case .short: 0.25
            }
        }
    }

    /// The members that are remembered, ascending; at most ``AggregationLimits/largestCount``.
    public private(set) var members: [Int] = []
    /// Row-major, one table per span; NaN for pairs that have not met.
    private var tables: [[Double]] = Span.allCases.map { _ in [] }

    /// Creates an empty memory.
    public init() {}

    /// The memory of `members`, as ``agreement(_:_:over:)`` told it.
    ///
    /// - Parameter tables: One per ``Span`` in their order, row-major, NaN for pairs that have not met.
    /// - Returns: `nil` unless members ascend, are not too many, and every value is NaN or in -1...1.
    init?(members: [Int], tables: [[Double]]) {
        let ascends = zip(members, members.dropFirst()).allSatisfy { $0 < $1 }
        guard ascends, members.count <= AggregationLimits.largestCount,
            tables.count == Span.allCases.count
        else { return nil }
        for values in tables {
            guard values.count == members.count * members.count,
                values.allSatisfy({ $0.isNaN || (-1.001...1.001).contains($0) })
            else { return nil }
        }
        self.members = members
        self.tables = tables
    }

    /// The average of a pair, or `nil` when the two have not met.
    public func agreement(_ one: Int, _ other: Int, over span: Span = .long) -> Double? {
        guard let row = place(of: one), let column = place(of: other) else { return nil }
        let value = tables[span.rawValue][row * members.count + column]
        return value.isNaN ? nil : value
    }

    /// The averages including a new round, without recording it.
    ///
    /// - Parameters:
    ///   - list: The members of the new round.
    ///   - now: Their cosines in it.
    ///   - span: How far back.
    func agreement(among list: [Int], now: [[Double]], over span: Span) -> [[Double]] {
        let places = list.map { place(of: $0) }
        return list.indices.map { i in
            list.indices.map { j in
                guard let row = places[i], let column = places[j] else { return now[i][j] }
                return span.blend(
                    tables[span.rawValue][row * members.count + column], now[i][j])
            }
        }
    }

    /// Takes a round in.
    mutating func record(_ evidence: Evidence) {
        let list = evidence.members
        let cosines = evidence.geometry.cosines(of: Array(list.indices))
        makeRoom(for: list)
        let places = list.map { place(of: $0) }
        for i in list.indices {
            for j in list.indices {
                guard let row = places[i], let column = places[j] else { continue }
                let index = row * members.count + column
                for span in Span.allCases {
                    let old = tables[span.rawValue][index]
                    tables[span.rawValue][index] = span.blend(old, cosines[i][j])
                }
            }
        }
    }

    private mutating func makeRoom(for list: [Int]) {
        let united = Set(members).union(list).sorted()
        guard united != members else { return }
        // Beyond the limit, whoever is absent now is forgotten.
        let next = united.count <= AggregationLimits.largestCount ? united : list.sorted()
        let old = next.map { place(of: $0) }
        tables = tables.map { values in
            old.flatMap { row in
                old.map { column in
                    guard let row, let column else { return Double.nan }
                    return values[row * members.count + column]
                }
            }
        }
        members = next
    }

    /// Binary search.
    private func place(of member: Int) -> Int? {
        var low = 0
        var high = members.count
        while low < high {
            let middle = (low + high) / 2
            if members[middle] < member { low = middle + 1 } else { high = middle }
        }
        return low < members.count && members[low] == member ? low : nil
    }
}

extension AgreementMemory.Span {
    fileprivate func blend(_ old: Double, _ new: Double) -> Double {
        old.isNaN ? new : (1 - newestShare) * old + newestShare * new
    }
}
