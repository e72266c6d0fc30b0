import ArgumentParser
import PeerKit

/// `psic-node doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Go through every step of joining and say which one fails.",
        discussion: """
            Looks at the home, the clock, the ports, the interfaces, broadcasts, the LAN and each \
            configured peer, with the settings that run would have. It may be used beside a running \
            node. The exit code is that of the first step that failed.
            """)

    /// The answer.
    struct Report: Codable, Equatable {
        var checks: [Diagnosis]
        var isHealthy: Bool
    }

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: NodeOptions

    func run() async throws {
        let session = try Session(global)
        let settings = try NodeSettings(
            flags: options, sources: session.sources, instance: session.settings.instance,
            home: session.home.path)
        let show: @Sendable (Diagnosis) -> Void = { finding in
            guard session.format == .text else { return }
            for line in finding.lines { Output.data(line) }
        }
        var findings = HomeExamination(home: session.home, keyPeriod: settings.keyPeriod)
            .findings
        let running = await Self.runningNode(session)
        findings.append(running.finding)
        for finding in findings { show(finding) }
        var configuration = Doctor.Configuration()
        configuration.listenAddresses = settings.listen
        configuration.isNodeRunning = running.status != nil
        configuration.peers = settings.peers
        configuration.network = settings.isLANEnabled ? settings.network : nil
        configuration.lanPort = settings.lanPort
        configuration.timeout = session.timeout(default: .seconds(10))
        configuration.log = session.logger("psic.doctor")
        findings += await Doctor(configuration: configuration).examine { show($0) }
        if let joining = running.status?.joining {
            let sources = joining.sources.map(Diagnosis.init)
            for finding in sources { show(finding) }
            findings += sources
        }
        let failed = findings.first { $0.outcome == .failed }
        if session.format == .json {
            Output.json(Report(checks: findings, isHealthy: failed == nil))
        }
        guard let failed else { return }
        throw CommandError(
            failed.status, "\(failed.step): \(failed.found)", hint: failed.advice,
            isReported: true)
    }

    private static func runningNode(
        _ session: Session
    ) async -> (finding: Diagnosis, status: NodeStatus?) {
        do {
            let status = try await ControlClient(home: session.home).call(
                AskStatus(history: 0), timeout: .seconds(5))
            return (
                Diagnosis(
                    "node", .ok,
                    "runs as process \(status.processID), \(status.connectedPeers) peers connected"),
                status
            )
        } catch let error as CommandError where error.status == .notRunning {
            return (Diagnosis("node", .skipped, "no node runs on this home"), nil)
        } catch {
            return (
                Diagnosis(
                    "node", .failed, "a node has the home but does not answer: \(error)",
                    advice: "look at its log; end it and start it again"), nil
            )
        }
    }
}

/// What is in the home.
struct HomeExamination {
    let home: NodeHome
    /// How old the key may become.
    let keyPeriod: Duration?

    var findings: [Diagnosis] {
        guard home.isInitialized else {
            return [
                Diagnosis(
                    "home", .failed, "there is no identity in \(home.path)",
                    advice: "make one: psic-node init --home \(home.path)")
            ]
        }
        let ring = KeyRing(path: home.keyPath)
        do throws(KeyFileError) {
            let isSealed = try ring.keyFile.isSealed()
            let identity = Diagnosis(
                "home", .ok,
                "\(home.path) has an identity\(isSealed ? ", sealed with a passphrase" : "")")
            return [identity, try age(ring)]
        } catch {
            return [Diagnosis("home", .failed, "\(error)")]
        }
    }

    private func age(_ ring: KeyRing) throws(KeyFileError) -> Diagnosis {
        let history = try ring.history()
        guard let since = history.since else {
            return Diagnosis("key", .ok, "never changed")
        }
        let now = Clock.unixSeconds
        let age = now > since ? now - since : 0
        let days = age / 86_400
        if let keyPeriod, history.isDue(at: now, after: keyPeriod) {
            return Diagnosis(
                "key", .warning, "\(days) days old",
                advice: "change it: psic-node key rotate --home \(home.path)")
        }
        return Diagnosis("key", .ok, "\(days) days old")
    }
}

extension Diagnosis {
    /// What a source of peers has led to.
    init(_ source: JoinReport.Source) {
        let found =
            "found \(source.found), connected \(source.connected), failed \(source.failedDials)"
        if source.connected == 0, let error = source.lastError {
            self.init("source \(source.name)", .warning, "\(found); last: \(error)")
        } else {
            self.init("source \(source.name)", .ok, found)
        }
    }

    /// One line, and one more for what to do.
    var lines: [String] {
        let mark = outcome.rawValue
        let padding = String(repeating: " ", count: max(1, 8 - mark.count))
        return ["\(mark)\(padding)\(step): \(found)"]
            + (advice.map { ["        → \($0)"] } ?? [])
    }

    /// The exit code of a failure.
    var status: ExitStatus {
        switch step.prefix(while: { $0 != " " }) {
        case "home", "key": .configuration
        case "node": .dataDirectory
        case "port", "broadcast", "interface": .cannotBind
        case "peer", "lan", "source": .noPeers
        default: .failure
        }
    }
}
