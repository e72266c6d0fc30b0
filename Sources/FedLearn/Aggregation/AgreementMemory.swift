/// How well every two members' updates have agreed, averaged over rounds.
///
/// A number per pair, in -1...1. Older rounds fade, so that whoever turns is found out, and so that
/// newcomers are not behind for long. Members who share the rounds share the memory bit for bit; it
/// belongs to the state that a checkpoint holds.
public struct AgreementMemory: Equatable, Sendable {
    /// What the newest round counts. Half of the memory is 14 rounds old: long, because a single round's
    /// cosines say little when members' data differ (measured: rates of 0.1 and more lose several
    /// points under sign flips).
    public static let newestShare = 0.05

    /// The members that are remembered, ascending; at most ``AggregationLimits/largestCount``.
    public private(set) var members: [Int] = []
    /// Row-major; NaN for pairs that have not met.
    private var values: [Double] = []

    /// Creates an empty memory.
    public init() {}

    /// The memory of `members`, as ``agreement(_:_:)`` told it.
    ///
    /// - Parameter values: Row-major, NaN for pairs that have not met.
    /// - Returns: `nil` unless members ascend, are not too many, and every value is NaN or in -1...1.
    init?(members: [Int], values: [Double]) {
        let ascends = zip(members, members.dropFirst()).allSatisfy { $0 < $1 }
        guard ascends, members.count <= AggregationLimits.largestCount,
            values.count == members.count * members.count,
            values.allSatisfy({ $0.isNaN || (-1.001...1.001).contains($0) })
        else { return nil }
        self.members = members
        self.values = values
    }

    /// The average of a pair, or `nil` when the two have not met.
    public func agreement(_ one: Int, _ other: Int) -> Double? {
        guard let row = place(of: one), let column = place(of: other) else { return nil }
        let value = values[row * members.count + column]
        return value.isNaN ? nil : value
    }

    /// The averages including a new round, without recording it.
    ///
    /// - Parameters:
    ///   - list: The members of the new round.
    ///   - now: Their cosines in it.
    func agreement(among list: [Int], now: [[Double]]) -> [[Double]] {
        let places = list.map { place(of: $0) }
        return list.indices.map { i in
            list.indices.map { j in
                guard let row = places[i], let column = places[j] else { return now[i][j] }
                return Self.blend(values[row * members.count + column], now[i][j])
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
                values[index] = Self.blend(values[index], cosines[i][j])
            }
        }
    }

    private static func blend(_ old: Double, _ new: Double) -> Double {
        old.isNaN ? new : (1 - newestShare) * old + newestShare * new
    }

    private mutating func makeRoom(for list: [Int]) {
        let united = Set(members).union(list).sorted()
        guard united != members else { return }
        // Beyond the limit, whoever is absent now is forgotten.
        let next = united.count <= AggregationLimits.largestCount ? united : list.sorted()
        let old = next.map { place(of: $0) }
        values = old.flatMap { row in
            old.map { column in
                guard let row, let column else { return Double.nan }
                return values[row * members.count + column]
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
