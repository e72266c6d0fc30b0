import PeerKit

/// What `run` needs to know beyond what every command does.
struct NodeSettings: Sendable, Equatable {
    /// Multiaddrs to listen on.
    var listen: [Multiaddr]
    /// The network's name in LAN discovery.
    var network: String
    /// Peers to begin with.
    var peers: [Multiaddr]
    /// Whether LAN discovery runs.
    var isLANEnabled: Bool
    /// Its UDP port.
    var lanPort: UInt16
    /// Whether multicast DNS runs.
    var isMDNSEnabled: Bool
    /// Whether peers are remembered for the next start.
    var hasAddressBook: Bool
    /// Whether peers tell each other of peers.
    var exchangesPeers: Bool
    /// Connections that joining aims at.
    var targetPeers: Int
    /// Connections kept when there are more than ``highWater``.
    var lowWater: Int
    /// See ``lowWater``.
    var highWater: Int
    /// Whether quiet peers are probed.
    var isLivenessEnabled: Bool
    /// Whether the DHT runs.
    var isDHTEnabled: Bool
    /// The node's part in it.
    var dhtMode: DHTMode
    /// Of its protocol's name.
    var dhtPrefix: String
    /// Whether GossipSub runs.
    var hasTopics: Bool
    /// Event loops that carry connections.
    var loops: Int
    /// The task file, if the node trains; absolute or relative to the working directory.
    var task: String?
    /// Where metrics and health are served; `nil`: nowhere.
    var http: HTTPEndpoint?
    /// Connected peers without which the node is not ready.
    var readyPeers: Int
    /// How old the key may become before a start changes it; `nil`: as old as it likes.
    var keyPeriod: Duration?

    /// Where HTTP is served.
    struct HTTPEndpoint: Sendable, Equatable {
        var address: IPAddress
        /// 0: any.
        var port: UInt16
    }
}

extension NodeSettings {
    /// Bytes of a network's name; the limit of a beacon.
    static let maximumNetworkNameBytes = 64
    /// Addresses listened on.
    static let maximumListenAddresses = 16
    /// Configured peers: a list that people keep.
    static let maximumPeers = 256
    /// Bytes of the DHT's prefix: with `/kad/1.0.0` within what multistream-select allows.
    static let maximumPrefixBytes = 96
    static let lanPorts = 1...65_535
    static let httpPorts = 0...65_535
    static let peerCounts = 0...100_000
    /// Of the key's age: a certificate is shown for a year, so that a longer period would leave
    /// peers without the thread.
    static let keyDays = 0...365
    /// Threads; more than any machine has cores for.
    static let loopCounts = 1...1024

    /// Puts the settings together; a relative task path in the file is relative to `home`.
    init(
        flags: NodeOptions, sources: SettingSources, instance: Int, home: String
    ) throws(CommandError) {
        let reader = Reader(sources: sources)
        let port = DefaultPort.shifted(DefaultPort.peers, by: instance)
        listen = try Self.addresses(
            reader.list(SettingKeys.listen, flags.listen, limit: Self.maximumListenAddresses)
                ?? ["/ip4/0.0.0.0/tcp/\(port)"], of: SettingKeys.listen, Self.listenAddress)
        peers = try Self.addresses(
            reader.list(SettingKeys.peer, flags.peer, limit: Self.maximumPeers) ?? [],
            of: SettingKeys.peer, Self.peerAddress)
        let network = try sources.value(of: SettingKeys.network, flag: flags.network) ?? "psic"
        guard (1...Self.maximumNetworkNameBytes).contains(network.utf8.count) else {
            throw CommandError(
                .configuration,
                "a network name has 1 to \(Self.maximumNetworkNameBytes) bytes")
        }
        self.network = network
        isLANEnabled = try reader.flag(SettingKeys.lan, flags.lan, true)
        lanPort = UInt16(
            try reader.number(
                SettingKeys.lanPort, flags.lanPort,
                DefaultPort.shifted(DefaultPort.lan, by: instance), in: Self.lanPorts))
        isMDNSEnabled = try reader.flag(SettingKeys.mdns, flags.mdns, false)
        hasAddressBook = try reader.flag(SettingKeys.addressBook, flags.addressBook, true)
        exchangesPeers = try reader.flag(SettingKeys.peerExchange, flags.peerExchange, true)
        targetPeers = try reader.number(
            SettingKeys.targetPeers, flags.targetPeers, 16, in: Self.peerCounts)
        highWater = try reader.number(
            SettingKeys.highWater, flags.highWater, 192, in: Self.peerCounts)
        lowWater = try reader.number(
            SettingKeys.lowWater, flags.lowWater, min(160, highWater), in: Self.peerCounts)
        guard lowWater <= highWater else {
            throw CommandError(
                .configuration, "low-water (\(lowWater)) is above high-water (\(highWater))")
        }
        isLivenessEnabled = try reader.flag(SettingKeys.liveness, flags.liveness, true)
        isDHTEnabled = try reader.flag(SettingKeys.dht, flags.dht, true)
        dhtMode = try sources.value(of: SettingKeys.dhtMode, flag: flags.dhtMode) ?? .automatic
        dhtPrefix =
            try sources.value(of: SettingKeys.dhtPrefix, flag: flags.dhtPrefix)
            ?? Self.standardPrefix(of: network)
        try Self.checkPrefix(SettingKeys.dhtPrefix.name, dhtPrefix)
        hasTopics = try reader.flag(SettingKeys.topics, flags.topics, true)
        loops = try reader.number(
            SettingKeys.loops, flags.loops, Runtime.suitableLoopCount, in: Self.loopCounts)
        task = try reader.path(SettingKeys.task, flags.task, home: home)
        let isHTTPEnabled = try reader.flag(SettingKeys.http, flags.http, true)
        let httpPort = try reader.number(
            SettingKeys.httpPort, flags.httpPort,
            DefaultPort.shifted(DefaultPort.http, by: instance), in: Self.httpPorts)
        let address = try reader.address(SettingKeys.httpAddress, flags.httpAddress, "127.0.0.1")
        http = isHTTPEnabled ? HTTPEndpoint(address: address, port: UInt16(httpPort)) : nil
        readyPeers = try reader.number(
            SettingKeys.readyPeers, flags.readyPeers, 1, in: Self.peerCounts)
        keyPeriod = try Self.keyPeriod(sources, flag: flags.rotateAfter)
    }

    /// How old the key may become.
    static func keyPeriod(
        _ sources: SettingSources, flag: Int? = nil
    ) throws(CommandError) -> Duration? {
        let days = try Reader(sources: sources).number(
            SettingKeys.rotateAfter, flag, 90, in: keyDays)
        return days == 0 ? nil : .seconds(days * 24 * 3600)
    }

    /// The DHT's prefix in a network of its own. What cannot stand in a protocol's name becomes `-`.
    static func standardPrefix(of network: String) -> String {
        "/psic/"
            + String(network.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
    }

    // MARK: Checking, for flags and settings alike

    static func check(
        _ name: String, _ value: Int?, _ range: ClosedRange<Int>
    ) throws(CommandError) {
        guard let value, !range.contains(value) else { return }
        throw CommandError(
            .configuration,
            "\(name) is \(value); expected \(range.lowerBound) to \(range.upperBound)")
    }

    static func checkPrefix(_ name: String, _ prefix: String) throws(CommandError) {
        guard prefix.hasPrefix("/"), !prefix.hasSuffix("/"), !prefix.utf8.contains(10),
            (2...maximumPrefixBytes).contains(prefix.utf8.count)
        else {
            throw CommandError(
                .configuration, "\(name) is \"\(prefix)\"; expected something like /psic/home")
        }
    }

    private static func addresses(
        _ texts: [String], of key: SettingKey<[String]>,
        _ read: (String) throws(CommandError) -> Multiaddr
    ) throws(CommandError) -> [Multiaddr] {
        var list: [Multiaddr] = []
        for text in texts {
            do throws(CommandError) {
                list.append(try read(text))
            } catch {
                throw CommandError(
                    .configuration, "the setting \(key.name): \(error.message)",
                    hint: error.hint)
            }
        }
        return list
    }

    /// One listen address, read.
    static func listenAddress(_ text: String) throws(CommandError) -> Multiaddr {
        guard case .address(let address) = try Target(text) else {
            throw CommandError(
                .usage, "cannot listen on \"\(text)\": it is a peer ID",
                hint: "for example --listen /ip4/0.0.0.0/tcp/4901")
        }
        return address
    }

    /// The address of a peer to begin with, read.
    static func peerAddress(_ text: String) throws(CommandError) -> Multiaddr {
        guard case .address(let address) = try Target(text), address.tcpDialTarget != nil else {
            throw CommandError(
                .usage, "cannot dial \"\(text)\": expected a multiaddr with a TCP port",
                hint: "for example --peer /dns/peer.example/tcp/4901/p2p/12D3Koo…")
        }
        return address
    }
}
