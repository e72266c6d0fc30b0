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

    /// The addresses that make sense between this node and a peer at `remote`, told by either.
    ///
    /// Somebody on the Internet cannot know what listens on this machine or this LAN; if he names
    /// such addresses he would have this node dial its own surroundings. Nor are they of any use to
    /// him.
    static func sensible(
        _ addresses: [Multiaddr], with remote: IPAddress?
    ) -> [Multiaddr] {
        let least = remote.map { AddressScope($0) } ?? .world
        return addresses.filter { address in
            guard let ip = address.ipAddress else { return !address.isEmpty }
            return !ip.isUnspecified && !ip.isMulticast && AddressScope(ip) >= least
        }
    }
}
