import FedLearn
import PeerKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Starts the processes of a testnet, follows them over their control sockets, ends them.
struct Testnet: Sendable {
    /// Between two looks at the peers.
    static let interval = Duration.milliseconds(250)
    /// Rounds asked for at each look: more than can end in between.
    static let history = 50
    /// For a child to stop in order.
    static let stopTimeout = Duration.seconds(12)

    let directory: TestnetDirectory
    let limits: TestnetMachine.Limits
    /// For all of it; `nil`: as long as something moves.
    let timeout: Duration?
    let interruption: Interruption
    private let clock = ContinuousClock()

    init(
        directory: TestnetDirectory, limits: TestnetMachine.Limits, timeout: Duration?,
        interruption: Interruption
    ) {
        self.directory = directory
        self.limits = limits
        self.timeout = timeout
        self.interruption = interruption
    }

    /// How it ended, and what it has come to.
    struct Result: Sendable {
        var outcome: TestnetOutcome
        var summary: TestnetSummary
        /// Whether a process that is none of ours lives in one of the homes.
        var hasStrangers: Bool
    }

    /// Runs the testnet to its end.
    ///
    /// - Throws: ``CommandError`` when a process cannot be started, or when it was interrupted. No
    ///   child is left running in any case.
    func run(progress: inout TestnetProgress) async throws -> Result {
        let start = clock.now
        var children: [Int: ChildProcess] = [:]
        do {
            for index in 0..<directory.plan.peers {
                children[index] = try spawn(index)
                await interruption.adopt(children[index])
            }
            let (outcome, machine, missingChildren) = try await follow(&children, start, &progress)
            progress.clear()
            let summary = summary(of: machine, seconds: (clock.now - start).seconds)
            await end(children)
            return Result(
                outcome: outcome, summary: summary,
                hasStrangers: missingChildren.contains { machine.peers[$0].isPresent })
        } catch {
            progress.clear()
            await end(children)
            throw error
        }
    }

    private func spawn(_ index: Int) throws(CommandError) -> ChildProcess {
        // Settings of this process must not reach the peers: theirs stand in their homes.
        let environment = Environment.variables.filter { !$0.key.hasPrefix("PSIC_") }
        let arguments = ["run", "--home", directory.home(index).path, "--stop-with-parent"]
        do throws(SystemFailure) {
            return try ChildProcess(
                executable: ChildProcess.ownExecutable, arguments: arguments,
                environment: environment, logPath: directory.logPath(index))
        } catch {
            throw CommandError(.failure, "cannot start peer-\(index): \(error)")
        }
    }

    // MARK: Following

    private func follow(
        _ children: inout [Int: ChildProcess], _ start: ContinuousClock.Instant,
        _ progress: inout TestnetProgress
    ) async throws -> (TestnetOutcome, TestnetMachine, Set<Int>) {
        var machine = TestnetMachine(
            peerCount: directory.plan.peers, limits: limits, now: .zero)
        var ended: Set<Int> = []
        while true {
            if await interruption.isRequested {
                throw CommandError(.interrupted, "interrupted; the peers have been stopped")
            }
            let elapsed = clock.now - start
            if let timeout, elapsed >= timeout {
                return (.stalled(timeout), machine, ended)
            }
            let now = Instant.zero.advanced(by: elapsed)
            var notices: [TestnetMachine.Notice] = []
            for (index, child) in children.sorted(by: { $0.key < $1.key }) {
                guard let end = child.poll() else { continue }
                children[index] = nil
                await interruption.forget(child)
                ended.insert(index)
                notices += machine.observe(index, .ended(end.description), at: now)
            }
            for (index, report) in await look() {
                notices += machine.observe(index, report.map { .answered($0) } ?? .silent, at: now)
            }
            progress.show(notices, machine)
            if let outcome = machine.outcome(at: now) { return (outcome, machine, ended) }
            try await Task.sleep(for: Self.interval)
        }
    }

    /// Asks every peer how it is, whoever started it.
    private func look() async -> [(Int, PeerReport?)] {
        await withTaskGroup(of: (Int, PeerReport?).self) { group in
            for index in 0..<directory.plan.peers {
                group.addTask {
                    let client = ControlClient(home: directory.home(index))
                    let status = try? await client.call(
                        AskStatus(history: Self.history), timeout: .seconds(2))
                    return (index, status.flatMap(PeerReport.init))
                }
            }
            var reports: [(Int, PeerReport?)] = []
            for await report in group { reports.append(report) }
            return reports.sorted { $0.0 < $1.0 }
        }
    }

    // MARK: Ending

    private func summary(of machine: TestnetMachine, seconds: Double) -> TestnetSummary {
        let peers = zip(directory.peerIDs, machine.peers).map { id, peer in
            TestnetSummary.Peer(
                peerID: id.description, modelHash: peer.report?.modelHash,
                testAccuracy: peer.report?.testAccuracy,
                roundsCompleted: peer.report?.roundsCompleted ?? 0,
                bytesSent: peer.report?.bytesSent ?? 0,
                bytesReceived: peer.report?.bytesReceived ?? 0,
                state: peer.isPresent
                    ? peer.report?.phase ?? TestnetSummary.Peer.missing
                    : TestnetSummary.Peer.missing)
        }
        return TestnetSummary(peers: peers, rounds: directory.plan.rounds, seconds: seconds)
    }

    /// Stops the children in order; those that take too long, at once.
    private func end(_ children: [Int: ChildProcess]) async {
        var running = children
        for child in running.values { child.send(SIGTERM) }
        let deadline = clock.now + Self.stopTimeout
        var isForced = false
        while !running.isEmpty {
            for (index, child) in running where child.poll() != nil {
                running[index] = nil
                await interruption.forget(child)
            }
            if !isForced, clock.now >= deadline {
                isForced = true
                for child in running.values { child.send(SIGKILL) }
            }
            // The task may be cancelled, which must not make this loop spin.
            if !running.isEmpty { usleep(20_000) }
        }
    }
}

extension PeerReport {
    /// What a peer's status says; `nil` when it does not train.
    init?(_ status: NodeStatus) {
        guard let federation = status.federation else { return nil }
        self.init(
            phase: federation.phase, roundsCompleted: federation.round,
            modelHash: federation.modelHash, testAccuracy: federation.testAccuracy,
            trainLoss: federation.trainLoss, reachablePeers: status.connectedPeers,
            bytesSent: status.bytesSent, bytesReceived: status.bytesReceived,
            recent: federation.history.map {
                CompletedRound(
                    round: $0.round, modelHash: $0.modelHash, testAccuracy: $0.testAccuracy,
                    counted: $0.counted)
            })
    }
}

/// Signals to a testnet: the first asks it to end, the second ends everything at once.
actor Interruption {
    private(set) var isRequested = false
    private var children: [pid_t: ChildProcess] = [:]

    /// A child that a second signal must end.
    func adopt(_ child: ChildProcess?) {
        if let child { children[child.processID] = child }
    }

    /// The child's end has been seen.
    func forget(_ child: ChildProcess) { children[child.processID] = nil }

    /// A signal has come.
    func signalled() {
        if isRequested {
            for child in children.values { child.send(SIGKILL) }
            leaveAtOnce(ExitStatus.interrupted.rawValue)
        }
        isRequested = true
    }
}
