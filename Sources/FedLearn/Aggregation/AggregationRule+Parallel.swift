import PeerKit

extension AggregationRule {
    /// Combines `contributions` chunk by chunk on the threads that `executors` computes on.
    ///
    /// The result has the same bits as that of ``aggregate(_:dimension:)``, whatever the width.
    ///
    /// - Parameters:
    ///   - contributions: One per member whose update counts, in any order.
    ///   - dimension: The number of values in every update.
    ///   - executors: Where computation goes.
    ///   - width: The most chunks in work at once; at least 1.
    /// - Throws: ``AggregationError`` when there is no result; `CancellationError` when cancelled.
    public func aggregate(
        _ contributions: [Contribution], dimension: Int, on executors: any ExecutorProvider,
        width: Int
    ) async throws -> Aggregate {
        let proposed = try Aggregation(self, contributions, dimension: dimension)
        let measured = try await executors.computeEach(proposed.measurements, width: width) {
            proposed.measure($0)
        }
        var settled = proposed
        let geometries = try settled.geometries(from: measured)
        let work = settled
        let plan = try work.plan(from: geometries)
        let parts = try await executors.computeEach(
            CoordinateChunks.ranges(of: dimension), width: width
        ) { work.compute(plan, in: $0) }
        return work.aggregate(plan, values: Array(parts.joined()), geometries: geometries)
    }
}

extension ExecutorProvider {
    /// Applies `body` to every item, at most `width` at once; results are in the items' order.
    func computeEach<Item: Sendable, Value: Sendable>(
        _ items: [Item], width: Int, _ body: @escaping @Sendable (Item) -> Value
    ) async throws -> [Value] {
        precondition(width > 0, "\(width) threads")
        return try await withThrowingTaskGroup(of: (Int, Value).self) { group in
            var values = [Value?](repeating: nil, count: items.count)
            var next = 0
            while next < min(width, items.count) {
                add(items, next, body, to: &group)
                next += 1
            }
            while let (index, value) = try await group.next() {
                values[index] = value
                if next < items.count {
                    add(items, next, body, to: &group)
                    next += 1
                }
            }
            return values.compactMap(\.self)
        }
    }

    private func add<Item: Sendable, Value: Sendable>(
        _ items: [Item], _ index: Int, _ body: @escaping @Sendable (Item) -> Value,
        to group: inout ThrowingTaskGroup<(Int, Value), any Error>
    ) {
        let item = items[index]
        group.addTask { (index, try await self.compute { body(item) }) }
    }
}
