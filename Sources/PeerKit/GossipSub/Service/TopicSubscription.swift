import Collections
import struct NIOConcurrencyHelpers.NIOLockedValueBox

/// The messages of one topic, as they are accepted.
///
/// ```swift
/// let news = try await gossip.subscribe("news")
/// for await message in news { print(message.data) }
/// ```
///
/// Bounded: when the reader lags, the oldest messages are dropped and counted. One reader.
/// It ends with ``cancel()``, with the node, or when the last reference to it is gone.
public final class TopicSubscription: AsyncSequence, Sendable {
    /// A message of the topic.
    public typealias Element = ReceivedMessage

    /// The topic.
    public let topic: String
    let buffer: SubscriptionBuffer
    private let onCancel: @Sendable () -> Void

    init(topic: String, buffer: SubscriptionBuffer, onCancel: @escaping @Sendable () -> Void) {
        self.topic = topic
        self.buffer = buffer
        self.onCancel = onCancel
    }

    deinit { cancel() }

    /// Messages that this reader has lost because it lagged.
    public var droppedCount: Int { buffer.droppedCount }

    /// Ends the sequence; the topic is left with its last subscription.
    public func cancel() {
        if buffer.finish() { onCancel() }
    }

    /// Reads the messages.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(subscription: self) }

    /// Reads the messages.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let subscription: TopicSubscription

        /// The next message; `nil` at the end and when the task is cancelled.
        public func next() async -> ReceivedMessage? { await subscription.buffer.next() }
    }
}

/// What waits for one subscriber.
final class SubscriptionBuffer: Sendable {
    private struct State {
        var messages: Deque<ReceivedMessage> = []
        var byteCount = 0
        var droppedCount = 0
        var reader: CheckedContinuation<ReceivedMessage?, Never>?
        var isFinished = false
    }

    /// The lock guards the queue; the reader is resumed outside it.
    private let state = NIOLockedValueBox(State())
    private let maximumCount: Int
    private let maximumBytes: Int

    init(limits: GossipSubLimits) {
        maximumCount = limits.maximumQueuedDeliveries
        maximumBytes = limits.maximumQueuedDeliveryBytes
    }

    var droppedCount: Int { state.withLockedValue { $0.droppedCount } }

    /// Adds a message.
    ///
    /// - Returns: How many older ones had to go.
    func push(_ message: ReceivedMessage) -> Int {
        typealias Outcome = (CheckedContinuation<ReceivedMessage?, Never>?, Int)
        let (reader, dropped) = state.withLockedValue { state -> Outcome in
            guard !state.isFinished else { return (nil, 0) }
            if let reader = state.reader {
                state.reader = nil
                return (reader, 0)
            }
            state.messages.append(message)
            state.byteCount += message.data.count
            var dropped = 0
            while state.messages.count > 1,
                state.messages.count > maximumCount || state.byteCount > maximumBytes,
                let oldest = state.messages.popFirst()
            {
                state.byteCount -= oldest.data.count
                dropped += 1
            }
            state.droppedCount += dropped
            return (nil, dropped)
        }
        reader?.resume(returning: message)
        return dropped
    }

    /// Ends the sequence after what is queued; whether it had not ended before.
    func finish() -> Bool {
        let (reader, isFirst) = state.withLockedValue { state in
            let isFirst = !state.isFinished
            state.isFinished = true
            defer { state.reader = nil }
            return (state.reader, isFirst)
        }
        reader?.resume(returning: nil)
        return isFirst
    }

    func next() async -> ReceivedMessage? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: ReceivedMessage?? = state.withLockedValue { state in
                    if let first = state.messages.popFirst() {
                        state.byteCount -= first.data.count
                        return .some(first)
                    }
                    // A second reader ends at once rather than take the first one's place.
                    if state.isFinished || Task.isCancelled || state.reader != nil {
                        return .some(nil)
                    }
                    state.reader = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let reader = state.withLockedValue { state in
                defer { state.reader = nil }
                return state.reader
            }
            reader?.resume(returning: nil)
        }
    }
}
