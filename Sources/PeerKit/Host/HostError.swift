/// Why a host operation failed.
public enum HostError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The address has no part that this node can dial (TCP over IP or DNS).
    case undialable(Multiaddr)
    /// Nothing is known of where the peer is.
    case noAddress(PeerID)
    /// Too soon after a failed dial.
    case backingOff(PeerID, for: Duration)
    /// Every address failed; says how each one did.
    case dialFailed(PeerID?, [DialFailure])
    /// The node dialled itself.
    case dialledSelf
    /// A limit of this node; names it, its value and what raises it.
    case limit(LimitRefusal)
    /// This node will have no connection with the peer or the address.
    case refused(ConnectionRefusal)
    /// The node has not been started or has been stopped.
    case notRunning
    /// The address cannot be listened on.
    case cannotListen(Multiaddr, NetworkError)
    /// The address is not of a kind that can be listened on.
    case notListenable(Multiaddr)
    /// The task was cancelled.
    case cancelled

    /// A limit that no setting raises.
    public static func limit(_ name: String, value: Int) -> HostError {
        .limit(LimitRefusal(limit: name, value: value, setting: ""))
    }

    /// A refusal, as a limit where it is one.
    static func refusal(_ refusal: ConnectionRefusal) -> HostError {
        if case .limit(let limit) = refusal { .limit(limit) } else { .refused(refusal) }
    }

    /// How the dial of one address ended.
    public struct DialFailure: Hashable, Sendable {
        /// What was dialled.
        public var address: Multiaddr
        /// How it ended.
        public var error: ConnectionError
    }

    /// What went wrong, in words.
    public var description: String {
        switch self {
        case .undialable(let address) where address.hasDNSAddr:
            "cannot dial \(address): /dnsaddr is not resolved; give an address that is behind it, "
                + "as the TXT records of _dnsaddr.NAME have them"
        case .undialable(let address):
            "cannot dial \(address): it names no TCP port on an IP address or DNS name"
        case .noAddress(let peer): "no address is known for peer \(peer)"
        case .backingOff(let peer, let time):
            "dialling \(peer) failed recently; the next try is allowed in \(time)"
        case .dialFailed(let peer, let failures):
            "cannot connect to \(peer?.description ?? "peer"): "
                + failures.map { "\($0.address): \($0.error)" }.joined(separator: "; ")
        case .dialledSelf: "the address is this node's own"
        case .limit(let refusal): "\(refusal)"
        case .refused(let refusal): "\(refusal)"
        case .notRunning: "the node is not running"
        case .cannotListen(let address, let error): "cannot listen on \(address): \(error)"
        case .notListenable(let address):
            "cannot listen on \(address): expected /ip4/ADDRESS/tcp/PORT or /ip6/ADDRESS/tcp/PORT"
        case .cancelled: "cancelled"
        }
    }
}
