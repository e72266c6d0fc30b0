import Collections
import PeerKit

/// What a client has asked to be told of when it asks again (`eth_newFilter` and its like).
///
/// Filters of blocks and logs remember only the block up to which they have told; what is new is
/// read from the chain when they are asked. Only hashes of pending transactions wait here.
struct FilterMachine: Sendable {
    /// What a filter is about.
    enum Kind: Sendable {
        case blocks
        case logs(LogFilter)
        /// - Parameter full: Whether transactions are told whole.
        case pending(full: Bool)
    }

    /// What a filter has to tell.
    enum Changes: Sendable {
        /// Hashes of the blocks after one number up to another.
        case blocks(after: UInt64, through: UInt64)
        /// Matching logs in these blocks.
        case logs(LogFilter, after: UInt64, through: UInt64)
        case pending([SignedTransaction], full: Bool)
    }

    private struct Filter: Sendable {
        let kind: Kind
        /// The last block that it has told of.
        var block: UInt64
        var backlog: Deque<SignedTransaction> = []
        var deadline: Instant
    }

    private let limits: RPCLimits
    private var filters: [String: Filter] = [:]

    init(limits: RPCLimits) { self.limits = limits }

    var count: Int { filters.count }

    /// Adds a filter under a new name; `false` if there are too many.
    mutating func install(
        _ kind: Kind, as id: String, head: UInt64, at now: Instant
    ) -> Bool {
        expire(at: now)
        guard filters.count < limits.maximumFilters else { return false }
        filters[id] = Filter(
            kind: kind, block: head, deadline: now.advanced(by: limits.filterLifetime))
        return true
    }

    /// What is new since the last time; `nil` if there is no such filter.
    mutating func changes(of id: String, head: UInt64, at now: Instant) -> Changes? {
        expire(at: now)
        guard var filter = filters[id] else { return nil }
        filter.deadline = now.advanced(by: limits.filterLifetime)
        let after = min(filter.block, head)
        filter.block = head
        let changes: Changes
        switch filter.kind {
        case .blocks: changes = .blocks(after: after, through: head)
        case .logs(let logs): changes = .logs(logs, after: after, through: head)
        case .pending(let full):
            changes = .pending(Array(filter.backlog), full: full)
            filter.backlog = []
        }
        filters[id] = filter
        return changes
    }

    /// What a filter of logs asks for; `nil` if there is none of that name.
    mutating func logs(of id: String, at now: Instant) -> LogFilter? {
        expire(at: now)
        guard case .logs(let filter)? = filters[id]?.kind else { return nil }
        filters[id]?.deadline = now.advanced(by: limits.filterLifetime)
        return filter
    }

    /// Removes a filter; `false` if there was none.
    mutating func uninstall(_ id: String) -> Bool { filters.removeValue(forKey: id) != nil }

    /// A transaction can be in the next block.
    mutating func pending(_ transaction: SignedTransaction) {
        for (id, filter) in filters {
            guard case .pending = filter.kind else { continue }
            if filter.backlog.count >= limits.maximumFilterBacklog {
                filters[id]?.backlog.removeFirst()
            }
            filters[id]?.backlog.append(transaction)
        }
    }

    private mutating func expire(at now: Instant) {
        filters = filters.filter { $0.value.deadline > now }
    }
}
