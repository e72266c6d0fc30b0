/// From how far away an address can be reached.
enum AddressScope: Int, Comparable, Sendable {
    case machine
    case site
    case world

    init(_ address: IPAddress) {
        if address.isLoopback {
            self = .machine
        } else if address.isPrivate || address.isLinkLocal {
            self = .site
        } else {
            self = .world
        }
    }

    static func < (lhs: AddressScope, rhs: AddressScope) -> Bool { lhs.rawValue < rhs.rawValue }
}

extension Multiaddr {
    /// Whether the address makes sense between this node and a peer at `remote`, told by either.
    ///
    /// Somebody on the Internet cannot know what listens on this machine or this LAN; if he names
    /// such addresses he would have this node dial its own surroundings. Nor are they of any use to
    /// him, and to tell him would tell a stranger something.
    ///
    /// - Parameter remote: `nil` where it is not known: what makes sense to anybody does then.
    func makesSense(with remote: IPAddress?) -> Bool {
        // A DNS name means the same to everybody.
        guard let ip = ipAddress else { return !isEmpty }
        let least = remote.map { AddressScope($0) } ?? .world
        return !ip.isUnspecified && !ip.isMulticast && AddressScope(ip) >= least
    }
}
