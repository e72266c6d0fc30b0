import NIOConcurrencyHelpers
import Testing

@testable import PeerKit

/// Why small messages go to the whole mesh at once, and large ones do not: measured.
@Suite("GossipSub: what small messages cost") struct SmallMessageTests {
    /// What one way of sending costs in one network.
    struct Cost: Sendable {
        /// Copies too many, for each message and peer.
        var duplicates = 0.0
        /// From the publication to the last of all peers, on average.
        var last = Duration.zero
        /// Bytes on all connections, both directions counted once, for each message and peer.
        var bytes = 0.0
    }

    /// - Parameter threshold: Bytes from which messages are sent to two peers first.
    private func cost(
        threshold: Int, bytes: Int, peers: Int, conditions: NetworkConditions
    ) throws -> Cost {
        let result = NIOLockedValueBox(Cost())
        let rounds = 12
        try Simulation.gossip(seed: 12, conditions: conditions) { swarm in
            try await swarm.add(peers) {
                $0.parameters.iDontWantMessageThreshold = threshold
                $0.parameters.floodPublish = false
            }
            try await swarm.subscribeAll(to: "news")
            try await swarm.connectRing(chords: 6, seed: 9)
            try await swarm.simulation.sleep(for: .seconds(10))
            let before = await sent(by: swarm)
            var last = Duration.zero
            for number in 0..<rounds {
                let start = swarm.simulation.now
                try await swarm.members[number * peers / rounds].gossip.publish(
                    [UInt8](repeating: UInt8(number), count: bytes), to: "news")
                try await swarm.simulation.sleep(for: .seconds(3))
                let arrival = swarm.members.map(\.inbox.latestArrival).max() ?? start
                last += start.duration(to: arrival)
            }
            let shares = Double(rounds * peers)
            var duplicates = 0
            for member in swarm.members {
                #expect(member.inbox.all.count == rounds)
                duplicates += await member.gossip.statistics.duplicates
            }
            let total = await sent(by: swarm) - before
            let (average, copies) = (last / rounds, Double(duplicates) / shares)
            result.withLockedValue {
                $0 = Cost(duplicates: copies, last: average, bytes: Double(total) / shares)
            }
        }
        return result.withLockedValue { $0 }
    }

    private func sent(by swarm: GossipSwarm) async -> Int {
        var sum = 0
        for member in swarm.members { sum += Int(await member.node.traffic.sent) }
        return sum
    }

    @Test(
        "a message of 600 bytes reaches the last sooner when nobody is kept waiting",
        arguments: [NetworkConditions.lan, .wan])
    func small(conditions: NetworkConditions) throws {
        let atOnce = try cost(threshold: 1024, bytes: 600, peers: 60, conditions: conditions)
        let deferred = try cost(threshold: 560, bytes: 600, peers: 60, conditions: conditions)
        print("small messages, at once \(atOnce), deferred \(deferred)")
        #expect(deferred.duplicates < atOnce.duplicates)
        #expect(deferred.last > atOnce.last + .milliseconds(50))
    }
}
