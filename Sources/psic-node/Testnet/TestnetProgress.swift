#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Shows how a testnet gets on: on a terminal a table that is drawn anew in place, otherwise a line
/// for each thing that happens.
struct TestnetProgress {
    private let peerIDs: [String]
    private let rounds: Int
    private let isLive: Bool
    private let logPath: @Sendable (Int) -> String
    private let write: @Sendable (String) -> Void
    private var drawnLines = 0

    /// - Parameters:
    ///   - isLive: Whether lines can be drawn over.
    ///   - logPath: Where a peer's log lies, for messages.
    ///   - write: Takes text as it is.
    init(
        peerIDs: [String], rounds: Int, isLive: Bool,
        logPath: @escaping @Sendable (Int) -> String, write: @escaping @Sendable (String) -> Void
    ) {
        self.peerIDs = peerIDs
        self.rounds = rounds
        self.isLive = isLive
        self.logPath = logPath
        self.write = write
    }

    /// Shows what has happened and how things stand.
    mutating func show(_ notices: [TestnetMachine.Notice], _ machine: TestnetMachine) {
        let lines = notices.compactMap(line)
        guard isLive else {
            for line in lines { write(line + "\n") }
            return
        }
        var text = drawnLines > 0 ? "\u{1B}[\(drawnLines)A\r\u{1B}[J" : ""
        let width = Terminal.width
        for line in lines { text += line + "\n" }
        let table = table(machine).lines
        for line in table { text += String(line.prefix(width)) + "\n" }
        drawnLines = table.count
        write(text)
    }

    /// Removes the table.
    mutating func clear() {
        if drawnLines > 0 { write("\u{1B}[\(drawnLines)A\r\u{1B}[J") }
        drawnLines = 0
    }

    /// How things stand.
    func table(_ machine: TestnetMachine) -> TextTable {
        var table = TextTable([
            .init("#", .right), .init("PEER"), .init("STATE"), .init("ROUND", .right),
            .init("ACCURACY", .right), .init("PEERS", .right), .init("SENT", .right),
            .init("RECEIVED", .right), .init("MODEL"),
        ])
        for (index, peer) in machine.peers.enumerated() {
            let report = peer.report
            let state =
                switch peer.presence {
                case .starting: "starting"
                case .present: report?.phase ?? "starting"
                case .missing: TestnetSummary.Peer.missing
                }
            table.add([
                "\(index)", String(peerIDs[index].suffix(8)), state,
                "\(report?.roundsCompleted ?? 0)/\(rounds)",
                report?.testAccuracy.map { Figures.fixed($0, digits: 4) } ?? "-",
                "\(report?.reachablePeers ?? 0)/\(peerIDs.count - 1)",
                Figures.bytes(report?.bytesSent ?? 0), Figures.bytes(report?.bytesReceived ?? 0),
                String((report?.modelHash ?? "-").prefix(8)),
            ])
        }
        return table
    }

    private func line(_ notice: TestnetMachine.Notice) -> String? {
        switch notice {
        case .appeared(let index):
            return isLive ? nil : "peer-\(index) is up: \(peerIDs[index])"
        case .lost(let index, let reason):
            return "peer-\(index) is missing: it \(reason); its log: \(logPath(index))"
        case .returned(let index):
            return "peer-\(index) is back"
        case .finished(let index, let report):
            return isLive
                ? nil : "peer-\(index) has finished with model \(report.modelHash.prefix(12))"
        case .round(let round):
            guard !isLive else { return nil }
            var line = "round \(round.round)/\(rounds)"
            if let accuracy = round.testAccuracy {
                line += "  accuracy \(Figures.fixed(accuracy, digits: 4))"
            }
            line += "  model \(round.modelHash.prefix(12))"
            let absent = peerIDs.indices.filter { !round.counted.contains(peerIDs[$0]) }
                .map { "peer-\($0)" }
            return line + (absent.isEmpty ? "" : "  without " + absent.joined(separator: ", "))
        }
    }
}

/// The terminal that standard error goes to.
enum Terminal {
    /// Whether lines can be drawn over.
    static func isLive(_ environment: [String: String]) -> Bool {
        isatty(STDERR_FILENO) == 1 && environment["TERM", default: "dumb"] != "dumb"
    }

    /// Characters of a line.
    static var width: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
