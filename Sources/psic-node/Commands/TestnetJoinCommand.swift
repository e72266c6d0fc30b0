import ArgumentParser
import PeerKit
import UnixSignals

/// `psic-node testnet join`.
struct TestnetJoinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Measure how fast plain peers find each other.",
        discussion: """
            Each peer is a process of its own that listens on 127.0.0.1 and knows nobody: they meet \
            by UDP broadcasts on 127.255.255.255. Printed is the time until each is connected with \
            all others, and what they take of the machine. Without success within --timeout (60 s) \
            the exit code is 8.
            """)

    @OptionGroup var global: GlobalOptions

    @Option(help: "Number of peers, 2 to \(TestnetPlan.maximumPeers).")
    var peers = 30

    @Flag(help: "No DHT, no peer exchange, no address book: broadcasts only.")
    var lanOnly = false

    @Flag(help: "Go on after the measurement, until Ctrl-C.")
    var stay = false

    func validate() throws {
        guard (2...TestnetPlan.maximumPeers).contains(peers) else {
            throw ValidationError("--peers must be between 2 and \(TestnetPlan.maximumPeers)")
        }
        guard global.home == nil else {
            throw ValidationError("the peers live in a directory made for the purpose; no --home")
        }
    }

    func run() async throws {
        var flags = global
        flags.home = "/nonexistent"
        let session = try Session(flags)
        let path = try TestnetDirectory.makeTemporaryDirectory()
        let layout = try JoinTestnet.Layout(
            peers: peers, path: path,
            settings: lanOnly
                ? ["dht = false", "peer-exchange = false", "address-book = false"] : [])
        let interruption = Interruption()
        let testnet = JoinTestnet(
            layout: layout, timeout: session.timeout(default: .seconds(60)),
            interruption: interruption)
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        let report = try await withThrowingTaskGroup(of: JoinTestnet.Report?.self) { group in
            group.addTask { [stay] in
                try await testnet.run { report in
                    session.print(report) { report.lines }
                    guard stay, report.seconds != nil else { return }
                    Output.notice("the peers go on in \(path); Ctrl-C ends them")
                    while await !interruption.isRequested {
                        try await Task.sleep(for: .milliseconds(200))
                    }
                }
            }
            group.addTask {
                for await _ in signals { await interruption.signalled() }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
        guard report.seconds != nil else {
            Output.notice("the peers' logs: \(path)/peer-*/node.log")
            throw CommandError(.timeout, "not all peers see all others", isReported: true)
        }
        TestnetDirectory.remove(path)
    }
}
