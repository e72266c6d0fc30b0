import ArgumentParser
import PeerKit

/// `psic-node discover`.
struct DiscoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover", abstract: "Say who is found, by which source.",
        discussion: """
            Listens under an identity of the moment, connects to nobody, and may be used beside a \
            running node. Without --watch it ends after --timeout, six seconds by default.
            """)

    /// One peer that was found.
    struct Finding: Codable, Equatable {
        var source: String
        var peerID: String
        var addresses: [String]
    }

    /// The answer without --watch.
    struct Report: Codable, Equatable {
        var peers: [Finding]
    }

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: NodeOptions

    @Flag(help: "Print each peer as it is found, until interrupted.")
    var watch = false

    func run() async throws {
        let session = try Session(global)
        let settings = try NodeSettings(
            flags: options, sources: session.sources, instance: session.settings.instance,
            home: session.home.path)
        guard settings.isLANEnabled || settings.isMDNSEnabled else {
            throw CommandError(.usage, "there is no source to watch: both --no-lan and no --mdns")
        }
        let node = try await Self.node(settings, session)
        let events = node.events()
        try await node.start()
        let found = await listen(to: events, session)
        await node.stop()
        guard !watch else { return }
        session.print(Report(peers: found)) { Self.table(found).lines }
        guard !found.isEmpty else {
            throw CommandError(
                .noPeers, "nobody was found", hint: "psic-node doctor says why that may be")
        }
    }

    private static func node(_ settings: NodeSettings, _ session: Session) async throws -> PeerNode
    {
        var lan = LANDiscovery.Configuration()
        lan.network = settings.network
        lan.port = settings.lanPort
        lan.connects = false
        var configuration = PeerNodeConfiguration()
        // The same interfaces as run's, on ports of its own.
        configuration.listenAddresses = settings.listen.compactMap { address in
            address.ipAddress.map {
                Multiaddr(ip: IPEndpoint(address: $0, port: 0), transport: .tcp)
            }
        }
        configuration.log = session.logger("psic.discover")
        let discovery = lan
        return try await PeerNode(identity: .generate(), configuration: configuration) {
            if settings.isLANEnabled { LANDiscovery(discovery) }
            if settings.isMDNSEnabled { MulticastDNS() }
        }
    }

    private func listen(to events: AsyncStream<PeerEvent>, _ session: Session) async -> [Finding] {
        let limit = session.settings.timeout ?? (watch ? nil : .seconds(6))
        let format = session.format
        let isWatching = watch
        let collect: @Sendable () async -> [Finding] = {
            var found: [Finding] = []
            for await case .discovered(let peer, let addresses, let source) in events {
                let finding = Finding(
                    source: source, peerID: peer.description,
                    addresses: addresses.map(\.description))
                guard !found.contains(finding) else { continue }
                // A LAN of a thousand peers is shown; more are a flood.
                if found.count < 1000 { found.append(finding) }
                guard isWatching else { continue }
                switch format {
                case .json: Output.json(finding)
                case .text:
                    Output.data(
                        "\(source)  \(finding.peerID)  "
                            + finding.addresses.joined(separator: " "))
                }
            }
            return found
        }
        guard let limit else { return await collect() }
        return await withTaskGroup(of: [Finding]?.self) { group in
            group.addTask { await collect() }
            group.addTask {
                try? await Runtime.live.sleep(for: limit)
                return nil
            }
            // Whoever is first, the end of the events brings the other's answer.
            var found: [Finding] = []
            for await result in group {
                group.cancelAll()
                if let result { found = result }
            }
            return found
        }
    }

    static func table(_ found: [Finding]) -> TextTable {
        var table = TextTable([.init("SOURCE"), .init("PEER"), .init("ADDRESS")])
        for finding in found {
            table.add([finding.source, finding.peerID, finding.addresses.first ?? "-"])
        }
        return table
    }
}
