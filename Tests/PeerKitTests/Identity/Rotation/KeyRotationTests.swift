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
            // Nor may it come again: the gate refuses it.
            _ = try? await thief.connect(to: try await node.address)
            try await simulation.sleep(for: .seconds(1))
            #expect(await node.connectedPeers == [owner.peerID])
            #expect(node.refusals["revoked"] == 1)
            // And it is not dialled, which would cost a handshake.
            let thiefs = try await thief.address
            await #expect(throws: HostError.refused(.revoked(thief.peerID))) {
                try await node.connect(to: thiefs)
            }
            for peer in [node, owner, thief] { await peer.stop() }
        }
    }

    @Test func aRevokedKeyIsRefusedFromTheFirstMomentAfterARestart() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let home = simulation.node("a")
            let node = try await SimulatedPeers.start(home, services: [KeyRotation()])
            let place = simulation.node("owner")
            let now = place.runtime.clock.unixNanoseconds / 1_000_000_000
            var own = KeyRotation.Configuration()
            own.history.rotations = [
                try await RotationBookTests.certificate(1, 2, at: now, recovery: 3)
            ]
            // By the recovery key: its say rests on the certificate.
            own.history.revocations = [
                try await .issue(
                    of: RotationBookTests.peer(2), by: RotationBookTests.key(3), at: now)
            ]
            let owner = try await SimulatedPeers.start(
                place, identity: try .numbered(2), services: [KeyRotation(own)])
            try await owner.connect(to: try await node.address)
            try await simulation.sleep(for: .seconds(2))
            #expect(await node.connectedPeers.isEmpty)
            let identity = node.identity
            home.crash()
            await node.stop()
            let watching = KeyRotation()
            let again = try await SimulatedPeers.start(
                home.restart(), identity: identity, services: [watching])
            // Known before the service has had a turn.
            #expect(await watching.isRevoked(owner.peerID))
            _ = try? await owner.connect(to: try await again.address)
            try await simulation.sleep(for: .seconds(2))
            #expect(again.refusals["revoked"] == 1)
            #expect(await again.connectedPeers.isEmpty)
            await again.stop()
            await owner.stop()
        }
    }

    @Test("the disk holds no more than the book, whoever makes keys")
    func theDiskIsBounded() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let home = simulation.node("a")
            var watching = KeyRotation.Configuration()
            watching.limits.maximumLinks = 2
            watching.limits.maximumRevoked = 2
            let node = try await SimulatedPeers.start(home, services: [KeyRotation(watching)])
            let now = home.runtime.clock.unixNanoseconds / 1_000_000_000
            for number in 0..<20 as Range<UInt64> {
                let (old, new) = (1000 + number, 2000 + number)
                var own = KeyRotation.Configuration()
                own.history.rotations = [
                    try await RotationBookTests.certificate(old, new, at: now)
                ]
                own.history.revocations = [
                    try await .issue(
                        of: RotationBookTests.peer(old), by: RotationBookTests.key(old), at: now)
                ]
                let peer = try await SimulatedPeers.start(
                    simulation.node("n\(number)"), identity: try .numbered(new),
                    services: [KeyRotation(own)])
                try await peer.connect(to: try await node.address)
                try await simulation.sleep(for: .seconds(2))
                await peer.stop()
            }
            await node.stop()
            let store = try await home.runtime.storage.openStore(KeyRotation.storeName)
            for table in [KeyRotation.rotations, KeyRotation.revocations] {
                #expect(try await store.entries(limit: 100, in: table).count == 2)
            }
            await store.close()
        }
    }

    // MARK: Standing

    /// A node that has something against key 1 meets key 2, which claims to follow it.
    private func succession(
        _ history: [RotationCertificate]? = nil,
        against: @escaping @Sendable (PeerNode, PeerID) async throws -> Void,
        _ body:
            @escaping @Sendable (PeerNode, PeerNode, Simulation, SimulatedNode) async throws ->
            Void
    ) throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let home = simulation.node("a")
            let log = FaultLog()
            let node = try await SimulatedPeers.start(
                home, configure: { $0.log = log.logger }, services: [KeyRotation()])
            let place = simulation.node("rotating")
            let now = place.runtime.clock.unixNanoseconds / 1_000_000_000
            try await against(node, try RotationBookTests.peer(1))
            var own = KeyRotation.Configuration()
            if let history {
                own.history.rotations = history
            } else {
                own.history.rotations = [try await RotationBookTests.certificate(1, 2, at: now)]
            }
            let new = try await SimulatedPeers.start(
                place, identity: try .numbered(2), services: [KeyRotation(own)])
            try await new.connect(to: try await node.address)
            try await simulation.sleep(for: .seconds(2))
            try await body(node, new, simulation, home)
            await node.stop()
            await new.stop()
        }
    }

    private static func fault(_ kind: PeerFault.Kind) -> PeerFault {
        PeerFault(kind, in: "/test/1", "before the rotation")
    }

    @Test func aNewKeyInheritsTheFaultsOfTheOldOne() throws {
        try succession(against: { node, old in
            for _ in 0..<2 { node.report(Self.fault(.protocolViolation), by: old) }
        }) { node, new, _, _ in
            #expect(await node.connectedPeers == [new.peerID])
            #expect(abs(node.standing(of: new.peerID) + 40) < 0.5)
            #expect(node.standingState(of: new.peerID) == .throttled)
            let faults = node.explainStanding(of: new.peerID).standing.faults
            #expect(faults.map(\.fault.detail) == ["before the rotation"])
            // The old key is no better off.
            let old = try RotationBookTests.peer(1)
            #expect(abs(node.standing(of: old) + 40) < 0.5)
        }
    }

    @Test func aNewKeyInheritsASuspensionAndKeepsItOverARestart() throws {
        try succession(against: { node, old in
            node.report(Self.fault(.equivocation), by: old)
        }) { node, new, simulation, home in
            #expect(await node.connectedPeers.isEmpty)
            #expect(node.standingState(of: new.peerID) == .suspended)
            let identity = node.identity
            // Before the standing book would have been written by itself.
            home.crash()
            await node.stop()
            let again = try await SimulatedPeers.start(
                home.restart(), identity: identity, services: [KeyRotation()])
            #expect(again.standingState(of: new.peerID) == .suspended)
            await again.stop()
        }
    }

    @Test func aNewKeyInheritsABan() throws {
        try succession(against: { node, old in
            try await node.ban(.peer(old), because: "by hand")
        }) { node, new, _, _ in
            #expect(await node.connectedPeers.isEmpty)
            #expect(node.standingState(of: new.peerID) == .banned)
            #expect(node.bans().map(\.reason) == ["by hand", "by hand"])
        }
    }

    @Test func aLieCarriesNothingOver() throws {
        // Key 1, which is banned, says that key 2 follows it; key 2 has not agreed, and shows that.
        let place = try Self.forged()
        try succession(
            [place],
            against: { node, old in
                try await node.ban(.peer(old), because: "by hand")
            }
        ) { node, new, _, _ in
            #expect(await node.connectedPeers == [new.peerID])
            // It has shown a forged certificate, and that is all there is against it.
            let faults = node.explainStanding(of: new.peerID).standing.faults
            #expect(faults.map(\.fault.kind) == [.invalidContent])
            #expect(node.standingState(of: new.peerID) == .good)
        }
    }

    /// A certificate from key 1 to key 2 that key 2 has not signed.
    private static func forged() throws -> RotationCertificate {
        var writer = WireWriter()
        writer.write([1, 2, 3], tag: 1)
        writer.write([UInt8](repeating: 7, count: 64), tag: 2)
        return RotationCertificate(
            old: try RotationBookTests.peer(1), newKey: try RotationBookTests.key(2).publicKey,
            sequence: 1, issued: 0, expires: .max, recoveryKey: nil, bytes: writer.bytes)
    }

    // MARK: Age

    @Test func aRunningNodeSaysThatItsKeyIsDue() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let place = simulation.node("a")
            let start = place.runtime.clock.unixNanoseconds / 1_000_000_000
            var configuration = KeyRotation.Configuration()
            configuration.period = .seconds(3600)
            configuration.history.created = start
            let rotation = KeyRotation(configuration)
            let words = MessageLog()
            let node = try await SimulatedPeers.start(
                place, configure: { $0.log = words.logger }, services: [rotation])
            try await simulation.sleep(for: .seconds(3599))
            #expect(!rotation.isDue(at: start + 3599))
            #expect(words.count("the key is due") == 0)
            try await simulation.sleep(for: .seconds(2))
            #expect(rotation.isDue(at: start + 3600))
            #expect(words.count("the key is due") == 1)
            // Once a day, and the identity stays what it is.
            try await simulation.sleep(for: .seconds(86_400))
            #expect(words.count("the key is due") == 2)
            await node.stop()
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
