import NIOConcurrencyHelpers
import Testing

@testable import PeerKit

/// The remote vanishes after the k-th byte that it sends, for every k from the first of the
/// negotiation to the middle of a stream's data.
@Suite("The remote vanishes in the middle of each step") struct VanishingTests {
    enum Role: String, Sendable, CaseIterable { case dials, listens }

    /// What a run has come to.
    struct Outcome: Sendable {
        var bytes: Int
        var failed: Bool
        /// How long the honest side was busy with the dial or the stream.
        var time: Duration
    }

    /// Bytes that the peers exchange on a stream in a whole run.
    private static let payload = 700

    /// Two peers, of which the one with the role breaks after `limit` bytes.
    private func run(_ role: Role, _ fault: Vanishing, after limit: Int) throws -> Outcome {
        try Simulation.run(seed: UInt64(limit), conditions: .ideal) { simulation in
            let places = [simulation.node("honest"), simulation.node("vanishing")]
            let faulty = FaultyNetwork(
                base: places[1].runtime.network, fault: fault, limit: limit)
            let honest = try await SimulatedPeers.start(places[0])
            let vanishing = try await SimulatedPeers.start(
                places[1], runtime: places[1].runtime.with(faulty))
            let start = simulation.now
            var failed = false
            switch role {
            case .listens:
                await honest.learn(
                    vanishing.peerID, at: [try await vanishing.address], source: "test")
                do {
                    let stream = try await honest.newStream(
                        to: vanishing.peerID, protocol: SimulatedPeers.echo)
                    await stream.setDeadline(simulation.now.advanced(by: .seconds(20)))
                    let answer = try await stream.echo([UInt8](repeating: 7, count: Self.payload))
                    #expect(answer.count == Self.payload)
                    await stream.close()
                } catch {
                    failed = true
                }
            case .dials:
                do {
                    let peer = try await vanishing.connect(to: try await honest.address)
                    let stream = try await vanishing.newStream(
                        to: peer, protocol: SimulatedPeers.echo)
                    await stream.setDeadline(simulation.now.advanced(by: .seconds(20)))
                    _ = try await stream.echo([UInt8](repeating: 7, count: Self.payload))
                    await stream.close()
                } catch {
                    failed = true
                }
            }
            let time = start.duration(to: simulation.now)
            if failed {
                // A handshake, or the longest that keep-alive needs to notice.
                try await simulation.sleep(for: .seconds(45))
                #expect(await honest.connectedPeers.isEmpty, "\(role) \(fault) \(limit)")
                do { try honest.requireNothingLeft() } catch {
                    Issue.record("\(error), \(role) \(fault) after \(limit)")
                }
            }
            await vanishing.stop()
            await honest.stop()
            try honest.requireNothingLeft()
            try vanishing.requireNothingLeft()
            return Outcome(bytes: faulty.sent.withLockedValue { $0 }, failed: failed, time: time)
        }
    }

    @Test(
        "after every so many bytes of handshake, negotiation, identify and data",
        arguments: Role.allCases, Vanishing.allCases)
    func leavesNothingBehind(role: Role, fault: Vanishing) throws {
        let whole = try run(role, fault, after: .max)
        #expect(!whole.failed)
        // The handshake, the identification both ways and the stream are all in it.
        #expect(whole.bytes > 1000 + Self.payload)
        var failures = 0
        for limit in stride(from: 0, to: whole.bytes, by: 37) {
            let outcome = try run(role, fault, after: limit)
            if outcome.failed { failures += 1 }
            #expect(outcome.time <= .seconds(32), "\(role) \(fault) after \(limit) bytes")
        }
        // All but those that vanish when everything has been said.
        #expect(failures > 15)
    }
}
