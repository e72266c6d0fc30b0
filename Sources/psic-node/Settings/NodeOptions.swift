import ArgumentParser

/// The flags of `run`; each may stand in the environment and in `config.toml` too. An absent one is
/// `nil`, so that these can count.
struct NodeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where to listen; may be repeated. Default: /ip4/0.0.0.0/tcp/4901.",
            valueName: "multiaddr"))
    var listen: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only peers of this network are found. Default: psic.", valueName: "name"))
    var network: String?

    @Option(
        help: ArgumentHelp(
            "A peer to begin with; may be repeated. With /p2p/ID nobody else will do.",
            valueName: "multiaddr"))
    var peer: [String] = []

    @Flag(inversion: .prefixedNo, help: "Find peers by UDP broadcast. On by default.")
    var lan: Bool?

    @Option(help: ArgumentHelp("UDP port of LAN discovery. Default: 4902.", valueName: "port"))
    var lanPort: Int?

    @Flag(inversion: .prefixedNo, help: "Find peers by multicast DNS. Off by default.")
    var mdns: Bool?

    @Flag(
        inversion: .prefixedNo, help: "Remember peers for the next start. On by default.")
    var addressBook: Bool?

    @Flag(inversion: .prefixedNo, help: "Ask peers for other peers. On by default.")
    var peerExchange: Bool?

    @Option(
        help: ArgumentHelp("Connections that joining aims at. Default: 16.", valueName: "n"))
    var targetPeers: Int?

    @Option(
        help: ArgumentHelp(
            "Connections kept when there are too many. Default: 160.", valueName: "n"))
    var lowWater: Int?

    @Option(help: ArgumentHelp("Connections that are too many. Default: 192.", valueName: "n"))
    var highWater: Int?

    @Flag(inversion: .prefixedNo, help: "Probe quiet peers. On by default.")
    var liveness: Bool?

    @Flag(inversion: .prefixedNo, help: "Run the Kademlia DHT. On by default.")
    var dht: Bool?

    @Option(help: "Part in the DHT: server, client or automatic (default).")
    var dhtMode: DHTMode?

    @Option(
        help: ArgumentHelp(
            "Prefix of the DHT's protocol. Default: /psic/NETWORK; /ipfs joins the public one.",
            valueName: "prefix"))
    var dhtPrefix: String?

    @Flag(inversion: .prefixedNo, help: "Run GossipSub topics. On by default.")
    var topics: Bool?

    @Option(
        help: ArgumentHelp(
            "Threads that carry connections. Default: half the cores.", valueName: "n"))
    var loops: Int?

    @Option(help: ArgumentHelp("Train as this task says; see fl create.", valueName: "file"))
    var task: String?

    @Flag(inversion: .prefixedNo, help: "Serve /metrics, /healthz, /readyz. On by default.")
    var http: Bool?

    @Option(help: ArgumentHelp("Their TCP port. Default: 9490; 0: any.", valueName: "port"))
    var httpPort: Int?

    @Option(help: ArgumentHelp("Their IP address. Default: 127.0.0.1.", valueName: "ip"))
    var httpAddress: String?

    @Option(
        help: ArgumentHelp("Connected peers that /readyz wants. Default: 1.", valueName: "n"))
    var readyPeers: Int?

    @Option(
        help: ArgumentHelp(
            "Change the key at a start when it is this old; 0: never. Default: 90.",
            valueName: "days"))
    var rotateAfter: Int?

    func validate() throws {
        do throws(CommandError) {
            for address in listen { _ = try NodeSettings.listenAddress(address) }
            for address in peer { _ = try NodeSettings.peerAddress(address) }
            try NodeSettings.check("--lan-port", lanPort, NodeSettings.lanPorts)
            try NodeSettings.check("--http-port", httpPort, NodeSettings.httpPorts)
            try NodeSettings.check("--target-peers", targetPeers, NodeSettings.peerCounts)
            try NodeSettings.check("--low-water", lowWater, NodeSettings.peerCounts)
            try NodeSettings.check("--high-water", highWater, NodeSettings.peerCounts)
            try NodeSettings.check("--ready-peers", readyPeers, NodeSettings.peerCounts)
            try NodeSettings.check("--rotate-after", rotateAfter, NodeSettings.keyDays)
            try NodeSettings.check("--loops", loops, NodeSettings.loopCounts)
            if let dhtPrefix { try NodeSettings.checkPrefix("--dht-prefix", dhtPrefix) }
        } catch {
            throw ValidationError(error.message)
        }
    }
}

extension DHTMode: ExpressibleByArgument {}
