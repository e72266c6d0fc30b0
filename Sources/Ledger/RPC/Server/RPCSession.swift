import struct NIOConcurrencyHelpers.NIOLockedValueBox

/// One WebSocket connection as methods and subscriptions see it: where messages to the client wait
/// until it takes them.
///
/// A client that does not read is cut off once too much waits for it.
package final class RPCSession: Sendable {
    private struct State {
        var unsent = 0
        var isClosed = false
    }

    /// Tells sessions apart.
    package let id: UInt64
    private let limit: Int
    private let messages: AsyncStream<[UInt8]>.Continuation
    /// What is to be sent, in this order; ends when the session does.
    package let outbound: AsyncStream<[UInt8]>
    private let end: AsyncStream<Never>.Continuation
    /// Brings nothing, and ends with the session, even where messages still wait to be taken.
    package let ended: AsyncStream<Never>
    /// Guards two numbers, and is held across nothing.
    private let state = NIOLockedValueBox(State())

    package init(id: UInt64, maximumUnsentBytes: Int) {
        self.id = id
        limit = maximumUnsentBytes
        (outbound, messages) = AsyncStream.makeStream(of: [UInt8].self)
        (ended, end) = AsyncStream.makeStream(of: Never.self)
    }

    /// Whether nothing can be sent any more.
    package var isClosed: Bool { state.withLockedValue { $0.isClosed } }

    /// Queues a message; `false` when the session has ended, which it does here if too much waits.
    @discardableResult
    package func send(_ message: [UInt8]) -> Bool {
        let isTaken = state.withLockedValue { state in
            guard !state.isClosed else { return false }
            // The first is always taken, however long: an answer has a limit of its own.
            if state.unsent > 0, state.unsent + message.count > limit {
                state.isClosed = true
                return false
            }
            state.unsent += message.count
            return true
        }
        if isTaken { messages.yield(message) } else { close() }
        return isTaken
    }

    /// A message has been taken by the client's side.
    package func sent(_ count: Int) { state.withLockedValue { $0.unsent -= count } }

    /// Nothing more is sent.
    package func close() {
        state.withLockedValue { $0.isClosed = true }
        messages.finish()
        end.finish()
    }
}
