import Logging

/// Goes through every step of joining a network and says what each is like.
///
/// It runs nodes of its own, under identities of the moment and without storage, so that nothing of
/// the node that is examined changes, and it may run beside it.
public struct Doctor: Sendable {
    /// What to examine.
    public struct Configuration: Sendable {
        /// Where the node is to listen.
        public var listenAddresses: [Multiaddr] = [.loopback]
        /// Whether the node listens there now: then the ports are taken, as they should be.
        public var isNodeRunning = false
        /// Peers that the node is configured to dial.
        public var peers: [Multiaddr] = []
        /// The network's name in LAN discovery; `nil` when that is off.
        public var network: String? = "psic"
        /// Its UDP port.
        public var lanPort: UInt16 = 4902
        /// How long to listen for others on the LAN.
        public var listeningTime = Duration.seconds(6)
        /// The longest that one step with one peer may take.
        public var timeout = Duration.seconds(10)
        /// Where the nodes of the examination log.
        public var log = Logger(label: "psic.doctor")

        /// The defaults.
        public init() {}
    }

    /// Peers beyond which no more are examined.
    static let maximumPeers = 64
    /// A clock before this, 2025-01-01, has never been set.
    static let earliestTime: UInt64 = 1_735_689_600
    /// Peers whose signed time is so far ahead make this clock doubtful.
    static let clockTolerance = Duration.seconds(30)

    let runtime: Runtime
    let configuration: Configuration

    /// An examination on a runtime.
    public init(runtime: Runtime = .live, configuration: Configuration = .init()) {
        self.runtime = runtime
        self.configuration = configuration
    }

    /// Examines everything.
    ///
    /// - Parameter report: Hears of each finding as it is made.
    /// - Returns: All findings in order.
    public func examine(
        report: @Sendable (Diagnosis) async -> Void = { _ in }
    ) async -> [Diagnosis] {
        var all: [Diagnosis] = []
        func add(_ findings: [Diagnosis]) async {
            for finding in findings { await report(finding) }
            all += findings
        }
        await add([clock()])
        for address in configuration.listenAddresses { await add([await port(address)]) }
        await add([await selfDial()])
        await add([interfaces()])
        if let network = configuration.network {
            await add(await broadcast(network))
            await add(await listenForOthers(network))
        } else {
            await add([Diagnosis("lan", .skipped, "LAN discovery is off")])
        }
        if configuration.peers.isEmpty {
            await add([
                Diagnosis(
                    "peer", .skipped, "no peers are configured",
                    advice: "name one that is always there, so that joining does not hang on the "
                        + "LAN alone")
            ])
        }
        for peer in configuration.peers.prefix(Self.maximumPeers) { await add(await examine(peer)) }
        return all
    }

    // MARK: This machine

    func clock() -> Diagnosis {
        let seconds = runtime.clock.unixNanoseconds / 1_000_000_000
        guard seconds >= Self.earliestTime else {
            return Diagnosis(
                "clock", .failed, "the clock says \(seconds) s since 1970, before 2025",
                advice: "set the clock: others ignore beacons and records from the past")
        }
        return Diagnosis("clock", .ok, "\(seconds) s since 1970")
    }

    func port(_ address: Multiaddr) async -> Diagnosis {
        guard let endpoint = address.listenEndpoint else {
            return Diagnosis(
                "port", .failed, "\(address) is not an address to listen on",
                advice: "use /ip4/ADDRESS/tcp/PORT or /ip6/ADDRESS/tcp/PORT")
        }
        do throws(NetworkError) {
            let listener = try await runtime.network.listen(on: endpoint) { $0.abort() }
            await listener.close()
            guard !configuration.isNodeRunning || endpoint.port == 0 else {
                return Diagnosis(
                    "port", .warning, "\(endpoint) is free, though the node runs",
                    advice: "the running node listens elsewhere: see psic-node status")
            }
            return Diagnosis("port", .ok, "\(endpoint) is free")
        } catch {
            if case .addressInUse = error, configuration.isNodeRunning {
                return Diagnosis("port", .ok, "\(endpoint) is held, by the running node")
            }
            return Diagnosis(
                "port", .failed, "\(error)",
                advice: "stop whoever holds the port, or choose another with --listen")
        }
    }

    func interfaces() -> Diagnosis {
        do throws(NetworkError) {
            let list = try runtime.network.interfaces()
            let names = list.map { "\($0.name) \($0.address)" }.joined(separator: ", ")
            guard list.contains(where: { !$0.address.isLoopback }) else {
                return Diagnosis(
                    "interface", .warning, "only \(names.isEmpty ? "none" : names)",
                    advice: "connect the machine to a network to be found by others")
            }
            return Diagnosis("interface", .ok, names)
        } catch {
            return Diagnosis("interface", .failed, "\(error)")
        }
    }

    /// One node of the examination listens as the examined one would, another dials it.
    func selfDial() async -> Diagnosis {
        do {
            let listener = try await node(listening: true)
            do {
                let dialler = try await node(listening: false)
                let finding = await dial(listener, from: dialler)
                await dialler.stop()
                await listener.stop()
                return finding
            } catch {
                await listener.stop()
                throw error
            }
        } catch {
            return Diagnosis("self-dial", .failed, "cannot start a node: \(error)")
        }
    }

    private func dial(_ listener: PeerNode, from dialler: PeerNode) async -> Diagnosis {
        guard let address = await listener.listenAddresses.first else {
            return Diagnosis("self-dial", .skipped, "nothing is listened on")
        }
        let start = runtime.clock.now
        do {
            let protocols = try await connect(to: address, from: dialler).protocols.count
            let time = start.duration(to: runtime.clock.now)
            return Diagnosis(
                "self-dial", .ok,
                "\(address.withoutPeerID): noise, yamux and identify in "
                    + "\(time.components.attoseconds / 1_000_000_000_000_000) ms, "
                    + "\(protocols) protocols")
        } catch {
            return Diagnosis(
                "self-dial", .failed, "\(error)",
                advice: "a firewall may keep this machine from dialling itself")
        }
    }

    // MARK: Kit

    /// A node of the examination. It takes any free port where the examined one is to listen.
    func node(
        listening: Bool, services: [any PeerService] = []
    ) async throws -> PeerNode {
        var settings = PeerNodeConfiguration()
        settings.agentVersion += " doctor"
        settings.log = configuration.log
        settings.listenAddresses =
            listening
            ? configuration.listenAddresses.compactMap(\.withAnyPort) : []
        var generator = RuntimeGenerator(runtime.random)
        let node = try await PeerNode(
            identity: .generate(using: &generator), runtime: runtime, configuration: settings
        ) { services }
        try await node.start()
        return node
    }

    /// Connects and waits until the peer has told who it is.
    func connect(to address: Multiaddr, from node: PeerNode) async throws -> IdentifyInfo {
        let events = node.events()
        return try await runtime.withTimeout(configuration.timeout) {
            let peer = try await node.connect(to: address)
            if let known = await node.identity(of: peer) { return known }
            for await event in events {
                if case .identified(peer, let info) = event { return info }
                if case .disconnected(peer, let reason) = event { throw reason }
            }
            throw HostError.notRunning
        }
    }
}

extension Multiaddr {
    /// The address with port 0, if it can be listened on.
    fileprivate var withAnyPort: Multiaddr? {
        listenEndpoint.map {
            Multiaddr(ip: IPEndpoint(address: $0.address, port: 0), transport: .tcp)
        }
    }
}
