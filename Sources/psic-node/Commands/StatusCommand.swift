import ArgumentParser
import PeerKit

/// `psic-node status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say who and how the running node is.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = try Session(global)
        let status = try await ControlClient(home: session.home).call(
            AskStatus(history: 0), timeout: session.timeout(default: .seconds(10)))
        session.print(status) { status.lines }
    }
}

extension NodeStatus {
    /// The lines for people: a word and what it is.
    var lines: [String] {
        var rows: [(String, String)] = [
            ("peer", peerID), ("version", version),
            ("process", "\(processID), up \(Figures.span(seconds: uptimeSeconds))"),
        ]
        rows += listenAddresses.map { ("listens", $0) }
        rows.append(("network", network ?? "no LAN discovery"))
        if let httpAddress { rows.append(("http", httpAddress)) }
        rows.append(("peers", "\(connectedPeers) connected"))
        rows.append(
            (
                "traffic",
                "sent \(Figures.bytes(bytesSent)), received \(Figures.bytes(bytesReceived))"
            ))
        if let joining { rows += joining.rows }
        if let federation { rows.append(("training", federation.line)) }
        return rows.map { name, value in
            name + String(repeating: " ", count: max(1, 10 - name.count)) + value
        }
    }
}

extension JoinReport {
    /// A row for each source, after one for all.
    fileprivate var rows: [(String, String)] {
        [("joining", "\(connectedPeers) of \(target) connections, \(candidates) candidates")]
            + sources.map { source in
                var line =
                    "\(source.name): found \(source.found), connected \(source.connected), "
                    + "failed \(source.failedDials)"
                if let error = source.lastError { line += "; \(error)" }
                return ("", line)
            }
    }
}
