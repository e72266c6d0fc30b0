import Logging
import NIOCore
import Testing

@testable import PeerKit

/// Real sockets: other addresses than 127.0.0.1, and discovery.
@Suite("On real sockets") struct LoopbackAddressTests {
    private func node(
        listen: [String] = ["/ip4/127.0.0.1/tcp/0"], drainTimeout: Duration = .seconds(5),
        services: [any PeerService] = []
    ) async throws -> PeerNode {
        var settings = PeerNodeConfiguration()
        settings.listenAddresses = try listen.map { try Multiaddr($0) }
        settings.drainTimeout = drainTimeout
        settings.log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return try await PeerNode(identity: .generate(), configuration: settings) { services }
    }

    static let hasIPv6: Bool = {
        let interfaces = (try? LiveNetwork().interfaces()) ?? []
        return interfaces.contains { !$0.address.isV4 && $0.address.isLoopback }
    }()

    @Test(.enabled(if: hasIPv6, "this machine has no ::1")) func overIPv6() async throws {
        let a = try await node(listen: ["/ip6/::1/tcp/0"])
        let b = try await node(listen: [])
        try await a.start()
        try await b.start()
        let address = try await a.address
        #expect(address.description.hasPrefix("/ip6/::1/tcp/"))
        let peer = try await b.connect(to: address)
        #expect(try await b.ping(peer).count == 1)
        await b.stop()
        await a.stop()
        try a.requireNothingLeft()
    }

    @Test("by name", arguments: ["dns4", "dns"]) func byName(kind: String) async throws {
        let a = try await node()
        let b = try await node(listen: [])
        try await a.start()
        try await b.start()
        let port = try #require(await a.address.ipEndpoint?.port)
        let address = try Multiaddr("/\(kind)/localhost/tcp/\(port)/p2p/\(a.peerID)")
        #expect(try await b.connect(to: address) == a.peerID)
        await b.stop()
        await a.stop()
    }

    @Test func anUnknownNameIsSaid() async throws {
        let b = try await node(listen: [])
        try await b.start()
        let address = try Multiaddr("/dns4/nobody.invalid/tcp/1")
        let error = await #expect(throws: HostError.self) { try await b.connect(to: address) }
        #expect(
            error
                == .dialFailed(
                    nil,
                    [.init(address: address, error: .network(.unresolved("nobody.invalid")))]))
        await b.stop()
        try b.requireNothingLeft()
    }

    @Test func threeNodesFindEachOtherByBroadcast() async throws {
        var configuration = LANDiscovery.Configuration()
        configuration.network = "test-\(PeerIdentity.generate().peerID)"
        configuration.port = 48_213
        configuration.interval = .seconds(1)
        var nodes: [PeerNode] = []
        for _ in 0..<3 { nodes.append(try await node(services: [LANDiscovery(configuration)])) }
        for node in nodes { try await node.start() }
        let runtime = Runtime.live
        let found = nodes
        try await runtime.withTimeout(.seconds(20)) {
            for node in found {
                while await node.connectedPeers.count < 2 {
                    try await runtime.sleep(for: .milliseconds(50))
                }
            }
        }
        for node in nodes {
            let others = nodes.map(\.peerID).filter { $0 != node.peerID }
            #expect(await node.connectedPeers == others.sorted())
        }
        for node in nodes { await node.stop() }
        for node in nodes { try node.requireNothingLeft() }
    }

    @Test("all that was sent before a stop arrives, though the other side still sends")
    func stopLosesNothing() async throws {
        for _ in 0..<5 {
            let a = try await node(drainTimeout: .milliseconds(50))
            await a.handle("/pour/1") { stream in
                try await stream.write([UInt8](repeating: 7, count: 200_000))
            }
            let b = try await node(listen: [])
            try await a.start()
            try await b.start()
            let peer = try await b.connect(to: try await a.address)
            let stream = try await b.newStream(to: peer, protocol: "/pour/1")
            // Chatter the other way, still under way while the connection closes.
            let chatter = try await b.newStream(to: peer, protocol: PingService.protocolID)
            async let noise: Void = {
                while (try? await chatter.write([UInt8](repeating: 0, count: 3200))) != nil {
                    guard (try? await chatter.read()) != nil else { return }
                }
            }()
            #expect(try await stream.read(exactly: 1000).readableBytes == 1000)
            await a.stop()
            #expect(try await stream.readToEnd(limit: 1 << 20).readableBytes == 199_000)
            await noise
            await b.stop()
        }
    }
}
