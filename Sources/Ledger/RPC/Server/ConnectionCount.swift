import struct NIOConcurrencyHelpers.NIOLockedValueBox

/// Counts connections on several threads, and numbers them.
package final class ConnectionCount: Sendable {
    private let limit: Int
    /// Guards two numbers, and is held across nothing.
    private let state = NIOLockedValueBox((open: 0, made: UInt64(0)))

    /// - Parameter limit: How many there may be at once.
    package init(limit: Int) { self.limit = limit }

    /// The number of a new connection; `nil` when there are too many.
    package func enter() -> UInt64? {
        state.withLockedValue { state in
            guard state.open < limit else { return nil }
            state.open += 1
            state.made += 1
            return state.made
        }
    }

    /// A connection that entered has gone.
    package func leave() { state.withLockedValue { $0.open -= 1 } }
}
