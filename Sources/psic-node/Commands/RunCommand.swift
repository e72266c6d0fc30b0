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

            Every option may stand in HOME/config.toml and in the environment: psic-node settings. Those \
            of the development chain are flags only.
            """)

    @OptionGroup var global: GlobalOptions

    @OptionGroup var options: NodeOptions

    @OptionGroup(title: "Development chain") var development: DevOptions

    @Flag(help: ArgumentHelp("End when standard input ends.", visibility: .hidden))
    var stopWithParent = false

    func run() async throws {
        let session = try Session(global)
        if development.dev { return try await serveDevelopment(session) }
        let settings = try NodeSettings(
            flags: options, sources: session.sources, instance: session.settings.instance,
            home: session.home.path)
        // Before anything opens a socket.
        Runtime.setLoopCount(settings.loops)
        let training = try settings.task.map { try TaskFile.read($0) }
        let lock = try lockHome(session.home)
        // Held until the end of this function.
        defer { lock.release() }
        let identity = try await session.identity(
            rotatedAfter: settings.keyPeriod, isMember: training != nil)
        if let training, !training.members.contains(identity.peerID.description) {
            throw CommandError(
                .configuration, "this node, \(identity.peerID), is not a member of the task",
                hint: "make a task with its ID among --peers, or run without --task")
        }
        try await serve(session, settings, identity, training)
    }

    /// Runs a chain alone: it needs no identity and meets no peers.
    private func serveDevelopment(_ session: Session) async throws {
        let settings = try DevSettings(development, instance: session.settings.instance)
        let log = session.logger("psic.dev")
        let chain = try await DevChain(settings, home: session.home, log: log)
        session.print(chain.listening) { chain.banner }
        try await Supervisor(log: log, endsWithInput: stopWithParent).run(chain)
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
        _ session: Session, _ settings: NodeSettings, _ identity: PeerIdentity,
        _ training: FederationTask?
    ) async throws {
        do throws(SystemFailure) {
            try FileSystem.createPrivateDirectory(session.home.storePath)
        } catch {
            throw CommandError(.dataDirectory, "\(error)")
        }
        let composition = try NodeComposition(
            settings: settings, home: session.home, training: training,
            log: session.logger("psic.peer"))
        let format = session.format
        let node = try await composition.makeNode(identity) { Self.announce($0, format) }
        try await Supervisor(log: node.log, endsWithInput: stopWithParent).run(node)
    }

    /// What is printed once the node listens.
    struct Listening: Codable, Equatable {
        var event = "listening"
        var peerID: String
        var addresses: [String]
        var network: String?
        /// `http://127.0.0.1:9490`; absent when it is off.
        var http: String?
    }

    private static func announce(_ status: NodeStatus, _ format: Output.Format) {
        switch format {
        case .json:
            Output.json(
                Listening(
                    peerID: status.peerID, addresses: status.listenAddresses,
                    network: status.network, http: status.httpAddress))
        case .text:
            Output.data("listening " + status.listenAddresses.joined(separator: " "))
        }
    }
}
