import Logging
import Testing

@testable import PeerKit

@Suite("The doctor, in a simulated network") struct DoctorTests {
    private func doctor(
        _ place: SimulatedNode, configure: (inout Doctor.Configuration) -> Void = { _ in }
    ) -> Doctor {
        var configuration = Doctor.Configuration()
        configuration.listenAddresses = [
            Multiaddr(ip: IPEndpoint(address: place.address, port: 4901), transport: .tcp)
        ]
        configuration.log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        configure(&configuration)
        return Doctor(runtime: place.runtime, configuration: configuration)
    }

    private func outcome(_ step: String, _ findings: [Diagnosis]) -> Diagnosis.Outcome? {
        findings.first { $0.step.hasPrefix(step) }?.outcome
    }

    @Test func allIsWell() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let other = try await SimulatedPeers.start(
                simulation.node("other"), services: [LANDiscovery()])
            let address = try await other.address
            let place = simulation.node("examined")
            let doctor = doctor(place) { $0.peers = [address] }
            let findings = try await place.perform { _ in await doctor.examine() }
            #expect(
                findings.map(\.step) == [
                    "clock", "port", "self-dial", "interface", "broadcast", "lan",
                    "peer \(address)",
                ])
            #expect(findings.allSatisfy { $0.outcome == .ok }, "\(findings)")
            // The examination has left nobody behind.
            try await simulation.sleep(for: .seconds(5))
            #expect(await other.connectedPeers.isEmpty)
            await other.stop()
        }
    }

    @Test("each thing that is wrong is named, with what to do")
    func whatIsWrong() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let place = simulation.node("examined")
            let taken = try await SilentPeer(place)
            let silent = try await SilentPeer(simulation.node("silent"))
            let garbage = try await GarbagePeer(simulation.node("garbage"))
            let stranger = try await SimulatedPeers.start(
                simulation.node("stranger"),
                services: [
                    {
                        var configuration = LANDiscovery.Configuration()
                        configuration.network = "another"
                        return LANDiscovery(configuration)
                    }()
                ])
            let strangersAddress = try await stranger.address
            let wrong = strangersAddress.withPeerID(try PeerIdentity.numbered(9).peerID)
            let peers = [
                try Multiaddr("/dns4/nobody.example/tcp/4901"),
                Multiaddr(
                    ip: IPEndpoint(address: try await stranger.machine, port: 5), transport: .tcp),
                Multiaddr(ip: silent.endpoint, transport: .tcp),
                Multiaddr(ip: garbage.endpoint, transport: .tcp), wrong,
                strangersAddress.withoutPeerID,
                try Multiaddr("/ip4/10.0.0.9/udp/1/quic-v1"),
            ]
            let doctor = doctor(place) { $0.peers = peers }
            let findings = try await place.perform { _ in await doctor.examine() }
            #expect(taken.endpoint.port == 4901)
            #expect(outcome("port", findings) == .failed)
            #expect(outcome("self-dial", findings) == .ok)
            #expect(outcome("lan", findings) == .warning)
            let about = findings.filter { $0.step.hasPrefix("peer") }
            #expect(
                about.map(\.outcome) == [
                    .failed, .failed, .failed, .failed, .failed, .warning, .failed,
                ])
            #expect(about[0].found.hasPrefix("dns:"))
            #expect(about[1].found.hasPrefix("tcp:"))
            #expect(about[2].found.contains("answers, but"))
            #expect(about[4].found.contains("answers, but"))
            #expect(about.allSatisfy { $0.advice != nil })
            await stranger.stop()
        }
    }

    @Test func aClockThatWasNeverSetIsNoticed() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let place = simulation.node("examined")
            place.setClockSkew(.seconds(-40 * 365 * 24 * 3600))
            #expect(doctor(place).clock().outcome == .failed)
            let other = try await SimulatedPeers.start(simulation.node("other"))
            let address = try await other.address
            place.setClockSkew(.seconds(-300))
            let doctor = doctor(place)
            let findings = try await place.perform { _ in await doctor.examine(address) }
            #expect(findings.map(\.outcome) == [.warning])
            #expect(
                findings[0].found.contains("clock is 300 s ahead")
                    || findings[0].found.contains("clock is 299 s ahead"))
            await other.stop()
        }
    }

    @Test func aTakenPortIsTheRunningNodes() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let place = simulation.node("examined")
            let node = try await SimulatedPeers.start(place)
            let doctor = doctor(place) { $0.isNodeRunning = true }
            let finding = await doctor.port(try await node.address.withoutPeerID)
            #expect(finding.outcome == .ok)
            await node.stop()
        }
    }
}

extension PeerNode {
    /// The address of the machine that the node is on.
    fileprivate var machine: IPAddress {
        get async throws {
            guard let address = try await address.ipAddress else { throw HostError.notRunning }
            return address
        }
    }
}
