import PeerKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Starts plain nodes, each a process of its own, that know nothing of each other, and measures how
/// long they take until each is connected with all others.
struct JoinTestnet: Sendable {
    /// Between two looks at the peers that do not see all yet.
    static let interval = Duration.milliseconds(100)

    /// A directory with a home for each peer, all of the same network.
    struct Layout: Sendable {
        let path: String
        let peerIDs: [PeerID]

        func home(_ index: Int) -> NodeHome { NodeHome(path: "\(path)/peer-\(index)") }
        func logPath(_ index: Int) -> String { "\(home(index).path)/node.log" }
    }

    /// What was measured.
    struct Report: Codable, Equatable, Sendable {
        var peers: Int
        /// From the start of the first process until every peer was connected with all others;
        /// absent if that did not come about.
        var seconds: Double?
        /// From when the last peer listened, likewise.
        var secondsAfterLastStart: Double?
        /// Peers that were connected with all others at the end.
        var complete: Int
        /// Memory in RAM, in bytes: of the mean and of the largest peer.
        var residentBytesMean: UInt64
        var residentBytesMost: UInt64
        /// Likewise, where what processes share is counted once; absent where the system does not
        /// tell.
        var proportionalBytesMean: UInt64?
        /// CPU time of all peers together.
        var cpuSeconds: Double
    }

    let layout: Layout
    let timeout: Duration
    let interruption: Interruption
    private let clock = ContinuousClock()

    init(layout: Layout, timeout: Duration, interruption: Interruption) {
        self.layout = layout
        self.timeout = timeout
        self.interruption = interruption
    }

    /// Runs the peers until all see all or time is up, then `body`, then ends them.
    func run(_ body: (Report) async throws -> Void) async throws -> Report {
        let start = clock.now
        var children: [ChildProcess] = []
        do {
            for index in layout.peerIDs.indices {
                let child = try spawn(index)
                children.append(child)
                await interruption.adopt(child)
            }
            let report = try await measure(from: start)
            try await body(report)
            await end(children)
            return report
        } catch {
            await end(children)
            throw error
        }
    }

    private func spawn(_ index: Int) throws(CommandError) -> ChildProcess {
        let environment = Environment.variables.filter { !$0.key.hasPrefix("PSIC_") }
        do throws(SystemFailure) {
            return try ChildProcess(
                executable: ChildProcess.ownExecutable,
                arguments: ["run", "--home", layout.home(index).path, "--stop-with-parent"],
                environment: environment, logPath: layout.logPath(index))
        } catch {
            throw CommandError(.failure, "cannot start peer-\(index): \(error)")
        }
    }

    // MARK: Measuring

    private func measure(from start: ContinuousClock.Instant) async throws -> Report {
        var open = Set(layout.peerIDs.indices)
        var started: [Int: Duration] = [:]
        var seconds: Double?
        while clock.now - start < timeout {
            if await interruption.isRequested {
                throw CommandError(.interrupted, "interrupted; the peers have been stopped")
            }
            for (index, status) in await ask(open) {
                guard let status else { continue }
                if started[index] == nil { started[index] = clock.now - start }
                if status.connectedPeers == layout.peerIDs.count - 1 { open.remove(index) }
            }
            // Looked at once more: who saw all may have lost somebody meanwhile.
            if open.isEmpty {
                open = await incomplete()
                if open.isEmpty {
                    seconds = (clock.now - start).seconds
                    break
                }
            }
            try await Task.sleep(for: Self.interval)
        }
        let last = started.values.max() ?? .zero
        var report = Report(
            peers: layout.peerIDs.count, seconds: seconds,
            secondsAfterLastStart: seconds.map { $0 - last.seconds },
            complete: layout.peerIDs.count - open.count, residentBytesMean: 0,
            residentBytesMost: 0, cpuSeconds: 0)
        await weigh(&report)
        return report
    }

    private func ask(_ indices: Set<Int>) async -> [(Int, NodeStatus?)] {
        await withTaskGroup(of: (Int, NodeStatus?).self) { group in
            for index in indices {
                group.addTask {
                    let client = ControlClient(home: layout.home(index))
                    return (index, try? await client.call(AskStatus(), timeout: .seconds(5)))
                }
            }
            var list: [(Int, NodeStatus?)] = []
            for await entry in group { list.append(entry) }
            return list
        }
    }

    /// Peers that are not connected with every other one, by their IDs.
    private func incomplete() async -> Set<Int> {
        let all = Set(layout.peerIDs.map(\.description))
        var missing: Set<Int> = []
        for index in layout.peerIDs.indices {
            let client = ControlClient(home: layout.home(index))
            let list = try? await client.call(ListPeers(), timeout: .seconds(5))
            let connected = (list?.peers ?? []).filter(\.isConnected).map(\.peerID)
            let own = layout.peerIDs[index].description
            if !all.subtracting([own]).isSubset(of: connected) { missing.insert(index) }
        }
        return missing
    }

    private func weigh(_ report: inout Report) async {
        var resident: [UInt64] = []
        var proportional: [UInt64] = []
        for index in layout.peerIDs.indices {
            let client = ControlClient(home: layout.home(index))
            guard let overview = try? await client.call(AskOverview(), timeout: .seconds(5))
            else { continue }
            report.cpuSeconds += overview.usage.cpuSeconds
            if let bytes = overview.usage.residentBytes { resident.append(bytes) }
            if let bytes = ProcessUsage.proportionalBytes(of: overview.status.processID) {
                proportional.append(bytes)
            }
        }
        report.residentBytesMean = Self.mean(resident) ?? 0
        report.residentBytesMost = resident.max() ?? 0
        report.proportionalBytesMean = Self.mean(proportional)
    }

    private static func mean(_ list: [UInt64]) -> UInt64? {
        list.isEmpty ? nil : list.reduce(0, +) / UInt64(list.count)
    }

    // MARK: Ending

    private func end(_ children: [ChildProcess]) async {
        var running = children
        for child in running { child.send(SIGTERM) }
        let deadline = clock.now + Testnet.stopTimeout
        var isForced = false
        while !running.isEmpty {
            for child in running where child.poll() != nil {
                running.removeAll { $0 === child }
                await interruption.forget(child)
            }
            if !isForced, clock.now >= deadline {
                isForced = true
                for child in running { child.send(SIGKILL) }
            }
            // The task may be cancelled, which must not make this loop spin.
            if !running.isEmpty { usleep(20_000) }
        }
    }
}

extension JoinTestnet.Layout {
    /// Makes the homes. In each of them stands what `run` needs; nobody is told of anybody.
    ///
    /// - Parameter settings: Further lines of each `config.toml`.
    init(peers: Int, path: String, settings: [String]) throws {
        self.path = path
        var generator = SystemRandomNumberGenerator()
        let number = UInt32.random(in: 0...UInt32.max, using: &generator)
        let port = TestnetPlan.port(from: number, isFree: TestnetDirectory.isFree)
        let lines =
            [
                "# Written by psic-node testnet join.", "listen = [\"/ip4/127.0.0.1/tcp/0\"]",
                "network = \"psic-join-\(String(number, radix: 16))\"", "lan-port = \(port)",
                "http = false", "log-level = \"info\"",
            ] + settings
        let configuration = Array((lines.joined(separator: "\n") + "\n").utf8)
        var peerIDs: [PeerID] = []
        for index in 0..<peers {
            let home = NodeHome(path: "\(path)/peer-\(index)")
            peerIDs.append(try InitCommand.makeIdentity(in: home).peerID)
            try FileSystem.write(configuration, to: home.configurationPath, replaces: true)
        }
        self.peerIDs = peerIDs
    }
}

extension JoinTestnet.Report {
    /// The lines for people.
    var lines: [String] {
        let first =
            seconds.map {
                "all \(peers) peers see all others after \(Figures.fixed($0, digits: 1)) s "
                    + "(\(Figures.fixed(secondsAfterLastStart ?? 0, digits: 1)) s after the last "
                    + "one listened)"
            } ?? "\(complete) of \(peers) peers see all others"
        return [
            first,
            "memory per peer: \(Figures.bytes(residentBytesMean)) in RAM, at most "
                + Figures.bytes(residentBytesMost)
                + (proportionalBytesMean.map {
                    "; \(Figures.bytes($0)) with shared pages counted once"
                } ?? ""),
            "CPU per peer: \(Figures.fixed(cpuSeconds / Double(max(1, peers)), digits: 2)) s",
        ]
    }
}
