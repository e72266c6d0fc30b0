import ArgumentParser
import PeerKit

/// `psic-node peer ban SUBJECT`.
struct PeerBanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ban",
        abstract: "Close and refuse connections with a peer, an address or a range.",
        discussion: "Kept over restarts of the node. peer pardon takes it back.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "A peer ID, an IP address, or a range such as 192.0.2.0/24.")
    var subject: String

    @Option(name: .customLong("for"), help: ArgumentHelp("How long.", valueName: "seconds"))
    var length: Double?

    @Option(help: "Why, for whoever looks later.")
    var reason: String?

    func run() async throws {
        let session = try Session(global)
        let ban = try await ControlClient(home: session.home).call(
            BanPeer(subject: subject, seconds: length, reason: reason),
            timeout: session.timeout(default: .seconds(10)))
        session.print(ban) {
            ["banned \(ban.subject) " + (ban.until.map { "until \($0)" } ?? "for good")]
        }
    }
}

/// `psic-node peer pardon SUBJECT`.
struct PeerPardonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pardon", abstract: "Take back a ban; forget what is held against a peer.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "What was banned, or a peer ID.")
    var subject: String

    func run() async throws {
        let session = try Session(global)
        let done = try await ControlClient(home: session.home).call(
            PardonPeer(subject: subject), timeout: session.timeout(default: .seconds(10)))
        session.print(done) { ["pardoned \(done.subject)"] }
    }
}

/// `psic-node peer bans`.
struct PeerBansCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bans", abstract: "List the bans made by hand.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = try Session(global)
        let list = try await ControlClient(home: session.home).call(
            ListBans(), timeout: session.timeout(default: .seconds(10)))
        session.print(list) {
            var table = TextTable([.init("BANNED"), .init("UNTIL"), .init("REASON")])
            for ban in list.bans { table.add([ban.subject, ban.until ?? "-", ban.reason]) }
            return table.lines
        }
    }
}

/// `psic-node peer score [PEERID]`.
struct PeerScoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score", abstract: "List peers with faults, the worst first; explain one.",
        discussion: """
            A score falls with every fault and rises back to 0 with time. Below thresholds a peer \
            is throttled, suspended for a while, or banned.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The peer's ID; without it, everybody with something against them.")
    var peer: String?

    func run() async throws {
        let session = try Session(global)
        if let peer { _ = try Target.peer(peer) }
        let list = try await ControlClient(home: session.home).call(
            ShowStandings(peer: peer), timeout: session.timeout(default: .seconds(10)))
        session.print(list) {
            peer != nil ? list.standings.first?.lines(list.recoverySeconds) ?? [] : list.lines
        }
    }
}

extension StandingList {
    /// A line for each peer.
    fileprivate var lines: [String] {
        var table = TextTable([
            .init("PEER"), .init("SCORE", .right), .init("STATE"), .init("LAST FAULT"),
        ])
        for standing in standings {
            table.add([
                standing.peer.description, Figures.fixed(standing.score, digits: 1),
                standing.state.rawValue, standing.faults.last?.fault.kind.rawValue ?? "-",
            ])
        }
        return table.lines
    }
}

extension PeerStanding {
    /// All about one peer.
    fileprivate func lines(_ recoverySeconds: Double?) -> [String] {
        var lines = [
            "peer      \(peer)", "score     \(Figures.fixed(score, digits: 1))",
            "state     \(state.rawValue)"
                + (until.map { " until \(Timestamp.text(unixMilliseconds: $0))" } ?? ""),
        ]
        if let ban { lines.append("ban       \(ban.reason)") }
        if state != .good {
            lines.append(
                "recovers  "
                    + (recoverySeconds.map { "in \(Figures.span(seconds: $0)) if it behaves" }
                        ?? "never by itself"))
        }
        guard !faults.isEmpty else { return lines + ["faults    none"] }
        var table = TextTable([
            .init("LAST"), .init("TIMES", .right), .init("POINTS", .right), .init("KIND"),
            .init("DETAIL"),
        ])
        for recorded in faults {
            table.add([
                Timestamp.text(unixMilliseconds: recorded.time), "\(recorded.count)",
                Figures.fixed(recorded.points, digits: 1), recorded.fault.kind.rawValue,
                recorded.fault.detail,
            ])
        }
        return lines + [""] + table.lines
    }
}
