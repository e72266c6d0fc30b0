import ArgumentParser
import PeerKit

/// `psic-node ping TARGET`.
struct PingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ping", abstract: "Measure round trips to a peer.",
        discussion: """
            Goes through the node that runs on the home. When there is none, an address is pinged \
            under an identity made for the purpose; a peer ID needs a running node.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "A multiaddr, or the ID of a peer that the running node knows.")
    var target: String

    @Option(help: "Number of pings, 1 to 1000.")
    var count = 4

    @Option(help: ArgumentHelp("Pause between pings.", valueName: "seconds"))
    var interval = 1.0

    func validate() throws {
        guard (1...ControlLimits().maximumPings).contains(count) else {
            throw ValidationError("--count must be between 1 and \(ControlLimits().maximumPings)")
        }
        guard (0...ControlLimits().maximumPingInterval.seconds).contains(interval) else {
            throw ValidationError("--interval must be between 0 and 60 seconds")
        }
    }

    func run() async throws {
        let session = try Session(global)
        let parsed = try Target(target)
        let pause = Duration.seconds(interval)
        // Each ping has ten seconds of its own.
        let limit = session.timeout(default: (pause + .seconds(10)) * count + .seconds(10))
        let show: @Sendable (PingReport) -> Void = { report in
            guard session.format == .text, let time = report.milliseconds.last else { return }
            Output.data("\(report.peerID): \(Figures.fixed(time, digits: 3)) ms")
        }
        let report: PingReport
        do {
            report = try await ControlClient(home: session.home).call(
                PingPeer(target, count: count, interval: pause), timeout: limit
            ) { show($0) }
        } catch let error as CommandError where error.status == .notRunning {
            guard case .address(let address) = parsed else { throw error }
            report = try await withTimeLimit(limit, "no answer from \(address) in time") {
                [count] in
                try await Self.pingAlone(address, count: count, interval: pause, show, session)
            }
        }
        session.print(report) { [report.summary] }
    }

    /// Pings under an identity of the moment.
    private static func pingAlone(
        _ address: Multiaddr, count: Int, interval: Duration,
        _ show: @escaping @Sendable (PingReport) -> Void, _ session: Session
    ) async throws -> PingReport {
        var configuration = PeerNodeConfiguration()
        configuration.listenAddresses = []
        configuration.log = session.logger("psic.ping")
        let node = try await PeerNode(identity: .generate(), configuration: configuration)
        try await node.start()
        do {
            let report = try await node.ping(
                .address(address), count: count, interval: interval, onReply: show)
            await node.stop()
            return report
        } catch {
            await node.stop()
            throw error
        }
    }
}

extension PeerNode {
    /// Connects to a peer and pings it.
    ///
    /// - Parameter onReply: Called for each reply with a report of that one.
    func ping(
        _ target: Target, count: Int, interval: Duration,
        onReply: @escaping @Sendable (PingReport) -> Void
    ) async throws -> PingReport {
        let peer = try await connect(to: target)
        let name = peer.description
        let times = try await ping(peer, count: count, interval: interval) { _, time in
            onReply(PingReport(peerID: name, milliseconds: [time.milliseconds]))
        }
        return PingReport(peerID: name, milliseconds: times.map(\.milliseconds))
    }

    /// Connects to a peer by either of its names.
    func connect(to target: Target) async throws -> PeerID {
        switch target {
        case .address(let address): return try await connect(to: address)
        case .peer(let peer):
            try await connect(to: peer)
            return peer
        }
    }
}
