import ArgumentParser
import FedLearn
import Logging
import PeerKit
import ServiceLifecycle
import UnixSignals

/// `psic-node run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the node on a home until it is told to stop.",
        discussion: """
            Prints one line on standard output once it listens. SIGINT and SIGTERM let it finish \
            what it does, for ten seconds at most; a second signal ends it at once.

            Every option may stand in HOME/config.toml: listen = ["/ip4/0.0.0.0/tcp/4901"], \
            network = "psic", lan = true, lan-port = 4902, task = "task.json".
            """)

    @OptionGroup var global: GlobalOptions

    @Option(
        help: ArgumentHelp(
            "Where to listen; may be repeated. Default: /ip4/0.0.0.0/tcp/4901.",
            valueName: "multiaddr"))
    var listen: [String] = []

    @Option(help: "Find peers of this network only. Default: psic.")
    var network: String?

    @Option(help: ArgumentHelp("UDP port of LAN discovery. Default: 4902.", valueName: "port"))
    var lanPort: Int?

    @Flag(inversion: .prefixedNo, help: "Find peers on the LAN.")
    var lan: Bool?

    @Option(help: ArgumentHelp("Train as this task says; see fl create.", valueName: "file"))
    var task: String?

    @Flag(help: ArgumentHelp("End when standard input ends.", visibility: .hidden))
    var stopWithParent = false

    func validate() throws {
        if let lanPort, !(1...65_535).contains(lanPort) {
            throw ValidationError("--lan-port must be between 1 and 65535")
        }
        do throws(CommandError) {
            for address in listen { _ = try NodeSettings.listenAddress(address) }
        } catch {
            throw ValidationError(error.message)
        }
    }

    func run() async throws {
        let session = try Session(global)
        let settings = try NodeSettings(
            flags: NodeFlags(
                listen: listen.isEmpty ? nil : listen, network: network, lan: lan,
                lanPort: lanPort, task: task),
            sources: session.sources, instance: session.settings.instance,
            home: session.home.path)
        let addresses = try settings.listenAddresses()
        let training = try settings.task.map { try TaskFile.read($0) }
        let lock = try lockHome(session.home)
        // Held until the end of this function.
        defer { lock.release() }
        let identity = try session.identity()
        if let training, !training.members.contains(identity.peerID.description) {
            throw CommandError(
                .configuration, "this node, \(identity.peerID), is not a member of the task",
                hint: "make a task with its ID among --peers, or run without --task")
        }
        try await serve(session, settings, addresses, identity, training)
    }

    private func lockHome(_ home: NodeHome) throws(CommandError) -> HomeLock {
        guard home.isInitialized else {
            throw CommandError(
                .configuration, "there is no identity in \(home.path)",
                hint: "make one: psic-node init --home \(home.path)")
        }
        do throws(HomeLockError) {
            return try HomeLock(directory: home.path)
        } catch {
            throw CommandError(error, home: home)
        }
    }

    private func serve(
        _ session: Session, _ settings: NodeSettings, _ addresses: [Multiaddr],
        _ identity: PeerIdentity, _ training: FederationTask?
    ) async throws {
        do throws(SystemFailure) {
            try FileSystem.createPrivateDirectory(session.home.storePath)
        } catch {
            throw CommandError(.dataDirectory, "\(error)")
        }
        let log = session.logger("psic.peer")
        var configuration = PeerNodeConfiguration()
        configuration.listenAddresses = addresses
        configuration.log = log
        var discovery = LANDiscovery.Configuration()
        discovery.network = settings.network
        discovery.port = settings.lanPort
        let isLANEnabled = settings.isLANEnabled
        let services = NodeServices(
            lan: isLANEnabled ? LANDiscovery(discovery) : nil,
            federation: training.map { FederatedLearning(task: $0) })
        let control = ControlService(
            path: ControlSocketPath(home: session.home.path), services: services,
            network: isLANEnabled ? settings.network : nil,
            ready: { Self.announce($0, session.format) })
        let node = try await PeerNode(
            identity: identity, runtime: .live(home: session.home.storePath),
            configuration: configuration
        ) {
            services.all
            control
        }
        try await Supervisor(log: log, endsWithInput: stopWithParent).run(node)
    }

    /// What is printed once the node listens.
    struct Listening: Codable, Equatable {
        var event = "listening"
        var peerID: String
        var addresses: [String]
        var network: String?
    }

    private static func announce(_ status: NodeStatus, _ format: Output.Format) {
        switch format {
        case .json:
            Output.json(
                Listening(
                    peerID: status.peerID, addresses: status.listenAddresses,
                    network: status.network))
        case .text:
            Output.data("listening " + status.listenAddresses.joined(separator: " "))
        }
    }
}

extension NodeSettings {
    /// The listen addresses, read; those given as flags have been checked already.
    func listenAddresses() throws(CommandError) -> [Multiaddr] {
        var addresses: [Multiaddr] = []
        for text in listen {
            do throws(CommandError) {
                addresses.append(try Self.listenAddress(text))
            } catch {
                throw CommandError(
                    .configuration, "the setting listen: \(error.message)", hint: error.hint)
            }
        }
        return addresses
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
}
