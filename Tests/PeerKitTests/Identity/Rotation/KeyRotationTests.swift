import NIOConcurrencyHelpers
import Testing

@testable import PeerKit

@Suite("Key rotation, in a simulated network") struct KeyRotationTests {
    @Test func aPeerComesBackUnderANewKeyAndIsKnown() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let seen = NIOLockedValueBox<[[PeerID]]>([])
            var configuration = KeyRotation.Configuration()
            configuration.onSuccession = { old, new in
                seen.withLockedValue { $0.append([old, new]) }
            }
            let watching = KeyRotation(configuration)
            let home = simulation.node("home")
            let other = try await SimulatedPeers.start(home, services: [watching])

            let place = simulation.node("rotating")
            let now = place.runtime.clock.unixNanoseconds / 1_000_000_000
            let certificate = try await RotationBookTests.certificate(1, 2, at: now)
            var own = KeyRotation.Configuration()
            own.history.rotations = [certificate]
            let node = try await SimulatedPeers.start(
                place, identity: try .numbered(2), services: [KeyRotation(own)])
            try await node.connect(to: try await other.address)
            try await simulation.sleep(for: .seconds(2))
            #expect(await watching.resolve(certificate.old) == certificate.new)
            #expect(seen.withLockedValue { $0 } == [[certificate.old, certificate.new]])
            // And after a restart.
            let identity = other.identity
            home.crash()
            await other.stop()
            let again = KeyRotation()
            let restarted = try await SimulatedPeers.start(
                home.restart(), identity: identity, services: [again])
            try await simulation.sleep(for: .seconds(1))
            #expect(await again.resolve(certificate.old) == certificate.new)
            await node.stop()
            await restarted.stop()
        }
    }

    @Test func aRevokedKeyIsRefused() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let watching = KeyRotation()
            let node = try await SimulatedPeers.start(
                simulation.node("a"), services: [watching])
            let place = simulation.node("owner")
            let now = place.runtime.clock.unixNanoseconds / 1_000_000_000
            var own = KeyRotation.Configuration()
            own.history.rotations = [try await RotationBookTests.certificate(1, 2, at: now)]
            own.history.revocations = [
                try await .issue(
                    of: RotationBookTests.peer(1), by: RotationBookTests.key(1), at: now)
            ]
            let owner = try await SimulatedPeers.start(
                place, identity: try .numbered(2), services: [KeyRotation(own)])
            let thief = try await SimulatedPeers.start(
                simulation.node("thief"), identity: try .numbered(1),
                services: [KeyRotation()])
            try await thief.connect(to: try await node.address)
            try await simulation.sleep(for: .seconds(1))
            #expect(await node.isConnected(to: thief.peerID))
            try await owner.connect(to: try await node.address)
            try await simulation.sleep(for: .seconds(2))
            #expect(await watching.isRevoked(thief.peerID))
            #expect(await node.connectedPeers == [owner.peerID])
            // Nor may it come again.
            _ = try? await thief.connect(to: try await node.address)
            try await simulation.sleep(for: .seconds(1))
            #expect(await node.connectedPeers == [owner.peerID])
            for peer in [node, owner, thief] { await peer.stop() }
        }
    }

    @Test func aForgedHistoryIsReported() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let log = FaultLog()
            let watching = KeyRotation()
            let node = try await SimulatedPeers.start(
                simulation.node("a"), configure: { $0.log = log.logger }, services: [watching])
            let place = simulation.node("liar")
            let now = place.runtime.clock.unixNanoseconds / 1_000_000_000
            // Another's history.
            let other = try await RotationBookTests.certificate(1, 2, at: now)
            var own = KeyRotation.Configuration()
            own.history.rotations = [other]
            let liar = try await SimulatedPeers.start(place, services: [KeyRotation(own)])
            try await liar.connect(to: try await node.address)
            try await simulation.sleep(for: .seconds(2))
            #expect(log.count(.invalidContent, by: liar.peerID) == 1)
            #expect(await watching.resolve(other.old) == other.old)
            await node.stop()
            await liar.stop()
        }
    }
}
