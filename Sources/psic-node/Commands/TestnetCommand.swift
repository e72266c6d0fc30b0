import ArgumentParser
import PeerKit
import UnixSignals

/// `psic-node testnet …`.
struct TestnetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "testnet", abstract: "Several peers on this machine.",
        subcommands: [TestnetUpCommand.self, TestnetJoinCommand.self])
}

/// `psic-node testnet up`.
struct TestnetUpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Train with several peers, each a process of its own.",
        discussion: """
            The peers listen on 127.0.0.1 and know nothing of each other's addresses: they meet by \
            UDP broadcasts on 127.255.255.255. When all have finished, a summary is printed and \
            they are stopped. A peer that is killed meanwhile is reported as missing; started again \
            with psic-node run --home DIR/peer-N it rejoins and catches up.

            The testnet has converged, and the command succeeds, when every peer that is there at \
            the end has completed all rounds with one and the same model, and these are more than \
            half of all peers.

            With --home the testnet is kept there, and goes on if it was interrupted. Without, it \
            lives in a temporary directory, which is removed after success.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: TaskOptions

    @Option(help: "Number of peers, 2 to \(TestnetPlan.maximumPeers).")
    var peers = 5

    @Option(
        help: ArgumentHelp(
            "How long to wait for missing peers after the others have finished.",
            valueName: "seconds"))
    var grace = 5.0

    func validate() throws {
        guard (2...TestnetPlan.maximumPeers).contains(peers) else {
            throw ValidationError("--peers must be between 2 and \(TestnetPlan.maximumPeers)")
        }
        guard (0...3600).contains(grace) else {
            throw ValidationError("--grace must be between 0 and 3600 seconds")
        }
    }

    func run() async throws {
        // The directory is not a node's home: PSIC_HOME and the settings in it have no say here.
        var flags = global
        flags.home = "/nonexistent"
        let session = try Session(flags)
        let directory = try TestnetDirectory(given: global.home, peers: peers, options: options)
        defer { directory.lock.release() }
        say(directory)
        var limits = TestnetMachine.Limits()
        limits.grace = .seconds(grace)
        limits.stall += .milliseconds(options.roundPause)
        let interruption = Interruption()
        let testnet = Testnet(
            directory: directory, limits: limits, timeout: session.settings.timeout,
            interruption: interruption)
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        let progress = TestnetProgress(
            peerIDs: directory.peerIDs.map(\.description), rounds: options.rounds,
            isLive: Terminal.isLive(session.sources.environment), logPath: directory.logPath,
            write: Output.raw)
        let result = try await withThrowingTaskGroup(of: Testnet.Result?.self) { group in
            group.addTask {
                var progress = progress
                return try await testnet.run(progress: &progress)
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
        session.print(result.summary) { result.summary.lines }
        try finish(result, directory)
    }

    private func say(_ directory: TestnetDirectory) {
        let verb = directory.isResumed ? "going on with" : "starting"
        Output.notice(
            "\(verb) \(peers) peers in \(directory.path), rounds: \(options.rounds), "
                + "model: \(options.model.rawValue), data: \(options.partition)")
    }

    private func finish(_ result: Testnet.Result, _ directory: TestnetDirectory) throws {
        guard let failure = Self.failure(of: result) else {
            // Strangers still live in the directory; missing peers' logs may be wanted.
            if result.summary.missing.isEmpty, !result.hasStrangers {
                directory.removeIfTemporary()
            } else if directory.isTemporary {
                Output.notice("kept: \(directory.path)")
            }
            return
        }
        var error = failure
        error.hint = "the peers' logs: \(directory.path)/peer-*/node.log"
        for line in error.lines { Output.notice(line) }
        // Standard output has the summary already, and nothing else.
        error.isReported = true
        throw error
    }

    /// Why a testnet has not converged; `nil` when it has.
    static func failure(of result: Testnet.Result) -> CommandError? {
        if result.summary.hasConverged { return nil }
        switch result.outcome {
        case .stalled(let time):
            return CommandError(.timeout, "nothing has moved, or not all was done, within \(time)")
        case .deserted:
            return CommandError(.failure, "every peer has ended")
        case .settled where result.summary.hasDisagreement:
            return CommandError(.verification, "the peers ended with different models")
        case .settled:
            return CommandError(.failure, "too few peers have completed all rounds")
        }
    }
}
