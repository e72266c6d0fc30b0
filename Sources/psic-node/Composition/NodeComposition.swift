import FedLearn
import Logging
import PeerKit

/// Puts a node together from its settings: what it runs, how it is reached, what it is called.
struct NodeComposition: Sendable {
    let settings: NodeSettings
    let home: NodeHome
    let services: NodeServices
    let log: Logger
    let metrics = MetricRegistry()
    private let http: HTTPSocket?

    /// Takes the ports that are not the node's own.
    ///
    /// - Throws: ``CommandError`` with ``ExitStatus/cannotBind``; nothing has begun then.
    init(
        settings: NodeSettings, home: NodeHome, training: FederationTask?, log: Logger
    ) throws(CommandError) {
        self.settings = settings
        self.home = home
        self.log = log
        let history: KeyRing.History
        do throws(KeyFileError) {
            history = try KeyRing(path: home.keyPath).history()
        } catch {
            throw CommandError(.configuration, "\(error)")
        }
        services = NodeServices(settings, training: training, history: history)
        http = try settings.http.map { endpoint throws(CommandError) in
            try HTTPSocket(listeningOn: endpoint)
        }
    }

    /// The node; it does nothing before it is run.
    ///
    /// - Parameter ready: Called once it listens and commands can talk to it.
    func makeNode(
        _ identity: PeerIdentity, ready: @escaping @Sendable (NodeStatus) -> Void
    ) async throws -> PeerNode {
        let facts = RunningNode.Facts(
            network: settings.isLANEnabled ? settings.network : nil, httpAddress: http?.address)
        let control = ControlService(
            path: ControlSocketPath(home: home.path), services: services, facts: facts,
            ready: ready)
        let server = http.map { socket in
            HTTPService(
                socket: socket, metrics: metrics, services: services, facts: facts,
                minimumPeers: settings.readyPeers)
        }
        return try await PeerNode(
            identity: identity, runtime: .live(home: home.storePath), configuration: configuration
        ) {
            services.all
            if let server { server }
            control
        }
    }

    private var configuration: PeerNodeConfiguration {
        var configuration = PeerNodeConfiguration()
        configuration.listenAddresses = settings.listen
        configuration.log = log
        configuration.metrics = metrics
        configuration.waterMarks.low = settings.lowWater
        configuration.waterMarks.high = settings.highWater
        return configuration
    }
}
