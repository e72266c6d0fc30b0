import struct NIOConcurrencyHelpers.NIOLockedValueBox
import PeerKit

/// Counts which message has reached whom, and when.
///
/// Every honest peer's subscription reports here. The lock is for the compiler: a simulation has one
/// thread.
final class GossipMeter: Sendable {
    private struct Message {
        var published: Instant
        var expected: Set<Int>
        /// How long it took to each peer that has it.
        var taken: [Int: Duration] = [:]
    }

    private struct State {
        var messages: [UInt64: Message] = [:]
        var next: UInt64 = 0
        var repeated = 0
    }

    private let state = NIOLockedValueBox(State())

    /// A new message, expected by some peers.
    ///
    /// - Returns: Its content: a number and padding.
    func compose(bytes: Int, expected: Set<Int>, at now: Instant) -> [UInt8] {
        state.withLockedValue { state in
            let number = state.next
            state.next += 1
            state.messages[number] = Message(published: now, expected: expected)
            let head = (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
            return head + [UInt8](repeating: 0x2e, count: max(0, bytes - 8))
        }
    }

    /// A message has reached a peer.
    func delivered(_ content: [UInt8], to peer: Int, at now: Instant) {
        guard content.count >= 8 else { return }
        let number = (0..<8).reduce(UInt64(0)) { $0 | UInt64(content[$1]) << (8 * UInt64($1)) }
        state.withLockedValue { state in
            guard let message = state.messages[number] else { return }
            if message.taken[peer] != nil {
                state.repeated += 1
            } else {
                state.messages[number]?.taken[peer] = message.published.duration(to: now)
            }
        }
    }

    /// What has come of the messages since the last call, and forgets them.
    ///
    /// - Parameter alive: Peers that count; those that died meanwhile do not.
    func take(alive: Set<Int>) -> GossipTally {
        state.withLockedValue { state in
            var tally = GossipTally()
            for (_, message) in state.messages.sorted(by: { $0.key < $1.key }) {
                let expected = message.expected.intersection(alive)
                let times = expected.compactMap { message.taken[$0] }.sorted()
                tally.messages += 1
                tally.expected += expected.count
                tally.delivered += times.count
                tally.times += times
                if times.count == expected.count {
                    tally.complete += 1
                    if let last = times.last { tally.lastTimes.append(last) }
                }
            }
            tally.repeated = state.repeated
            state.messages.removeAll()
            state.repeated = 0
            return tally
        }
    }
}

/// How messages went.
struct GossipTally: Sendable {
    var messages = 0
    /// Messages that reached everybody.
    var complete = 0
    /// Deliveries that should have been.
    var expected = 0
    var delivered = 0
    /// Deliveries of the same message to the same subscriber again: never.
    var repeated = 0
    /// How long each delivery took, in no order that matters.
    var times: [Duration] = []
    /// How long each complete message took to the last peer.
    var lastTimes: [Duration] = []
    /// Copies that came to peers that had the message already.
    var duplicates = 0
    /// Copies that were sent.
    var copies = 0
    /// Copies that IDONTWANT spared.
    var spared = 0

    /// Copies in vain, for each message and peer.
    var duplicatesPerDelivery: Double { Double(duplicates) / Double(max(1, delivered)) }
}
