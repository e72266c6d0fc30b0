import FedLearn
import FedLearnAttacks

/// Every rule against every attack on the same trials.
struct Study: Sendable {
    /// One per seed.
    let trials: [PoisoningTrial]
    let rules: [any AggregationRule]
    let attacks: [any Attack]
    let title: String

    /// Plays all pairs, `jobs` at once.
    ///
    /// - Parameter report: Told the name of each rule that is done with, in the order of ``rules``.
    func table(jobs: Int, report: (String) -> Void) async throws -> StudyTable {
        var table = StudyTable(
            title: title, rules: rules.map(\.name), attacks: attacks.map(\.name))
        var missing = rules.map { _ in attacks.count }
        var reported = 0
        try await Self.concurrently(jobs: jobs, count: rules.count * attacks.count) { index in
            try cell(rules[index / attacks.count], against: attacks[index % attacks.count])
        } receive: { index, cell in
            table[index / attacks.count, index % attacks.count] = cell
            missing[index / attacks.count] -= 1
            while reported < rules.count, missing[reported] == 0 {
                report(rules[reported].name)
                reported += 1
            }
        }
        return table
    }

    private func cell(_ rule: any AggregationRule, against attack: any Attack) throws -> Cell {
        Cell(
            try trials.map { trial in
                let last = try trial.run(rule, against: attack).suffix(5)
                return last.reduce(0, +) / Double(last.count)
            })
    }

    /// Computes `count` values, `jobs` at once; they are received one at a time, as they come.
    static func concurrently<Value: Sendable>(
        jobs: Int, count: Int, _ body: @escaping @Sendable (Int) throws -> Value,
        receive: (Int, Value) -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (Int, Value).self) { group in
            var next = 0
            func add() {
                guard next < count else { return }
                let index = next
                next += 1
                group.addTask { (index, try body(index)) }
            }
            for _ in 0..<jobs { add() }
            while let (index, value) = try await group.next() {
                receive(index, value)
                add()
            }
        }
    }
}
