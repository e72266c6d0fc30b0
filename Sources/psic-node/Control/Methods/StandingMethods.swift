import PeerKit

/// `peer.ban`: close and refuse connections with a peer, an IP address or a range of them.
struct BanPeer: ControlMethod, Equatable {
    static let name = "peer.ban"
    typealias Answer = BanEntry

    /// A peer ID, an address, or a range such as 192.0.2.0/24.
    var subject: String
    /// Absent: for ever.
    var seconds: Double?
    var reason: String?
}

/// `peer.pardon`: take back a ban and forget what is held against a peer.
struct PardonPeer: ControlMethod, Equatable {
    static let name = "peer.pardon"
    typealias Answer = PardonedSubject

    var subject: String
}

/// `peer.bans`: the bans made by hand.
struct ListBans: ControlMethod, Equatable {
    static let name = "peer.bans"
    typealias Answer = BanList
}

/// `peer.scores`: peers with something against them, the worst first; or one peer.
struct ShowStandings: ControlMethod, Equatable {
    static let name = "peer.scores"
    typealias Answer = StandingList

    /// Absent: everybody with something against them.
    var peer: String?
}

/// A ban.
struct BanEntry: Codable, Equatable, Sendable {
    var subject: String
    var reason: String
    /// When it ends (RFC 3339); absent: never.
    var until: String?
}

/// The answer to `peer.bans`.
struct BanList: Codable, Equatable, Sendable {
    var bans: [BanEntry]
}

/// The answer to `peer.pardon`.
struct PardonedSubject: Codable, Equatable, Sendable {
    var subject: String
}

/// The answer to `peer.scores`.
struct StandingList: Codable, Equatable, Sendable {
    var standings: [PeerStanding]
    /// Of one peer, how long until it is no longer restricted if it behaves.
    var recoverySeconds: Double?
}

/// What the node thinks of its peers.
struct StandingMethods: ControlArea {
    let running: RunningNode
    var limits = ControlLimits()

    func register(in registry: inout ControlRegistry) {
        let node = running.node
        registry.answer(BanPeer.self) { try await ban($0) }
        registry.answer(PardonPeer.self) { method in
            let subject = try Self.subject(method.subject)
            await node.pardon(subject)
            return PardonedSubject(subject: subject.description)
        }
        registry.answer(ListBans.self) { _ in BanList(bans: node.bans().map(BanEntry.init)) }
        registry.answer(ShowStandings.self) { method in
            guard let text = method.peer else {
                return StandingList(standings: node.standings())
            }
            let explanation = node.explainStanding(of: try Target.peer(text))
            return StandingList(
                standings: [explanation.standing],
                recoverySeconds: explanation.recovery?.seconds)
        }
    }

    private func ban(_ method: BanPeer) async throws -> BanEntry {
        let subject = try Self.subject(method.subject)
        var length: Duration?
        if let seconds = method.seconds {
            guard seconds > 0, seconds <= limits.maximumBanSeconds else {
                throw CommandError(
                    .usage, "seconds must be above 0 and at most \(limits.maximumBanSeconds)")
            }
            length = .seconds(seconds)
        }
        let reason = String((method.reason ?? "by hand").prefix(200))
        try await running.node.ban(subject, for: length, because: reason)
        let made = running.node.bans().first { $0.subject.description == subject.description }
        return made.map(BanEntry.init)
            ?? BanEntry(subject: subject.description, reason: reason, until: nil)
    }

    private static func subject(_ text: String) throws(CommandError) -> BanSubject {
        guard let subject = BanSubject(text) else {
            throw CommandError(
                .usage, "\"\(text)\" is no peer ID, no IP address and no range of them",
                hint: "for example 12D3Koo…, 192.0.2.7 or 2001:db8::/32")
        }
        return subject
    }
}

extension BanEntry {
    init(_ ban: Ban) {
        self.init(
            subject: ban.subject.description, reason: ban.reason,
            until: ban.until.map(Timestamp.text(unixMilliseconds:)))
    }
}
