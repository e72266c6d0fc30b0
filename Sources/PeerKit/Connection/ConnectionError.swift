/// Why a connection ended or never stood.
public enum ConnectionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// This side closed it.
    case closedLocally
    /// The remote closed it, by FIN or, as some peers do, by reset.
    case closedByRemote
    /// The handshake failed.
    case upgrade(UpgradeError)
    /// The remote broke a protocol; feeds its score.
    case peerFault(String)
    /// The remote did not answer in time.
    case timedOut(String)
    /// The network below failed.
    case network(NetworkError)
    /// This side will have no connection with the peer or the address.
    case refused(ConnectionRefusal)
    /// The peer at the other end is this node itself.
    case dialledSelf

    /// What went wrong, in words.
    public var description: String {
        switch self {
        case .closedLocally: "closed"
        case .closedByRemote: "closed by the remote peer"
        case .upgrade(let error): "\(error)"
        case .peerFault(let what): "protocol violation by the remote peer: \(what)"
        case .timedOut(let what): "timed out: \(what)"
        case .network(let error): "\(error)"
        case .refused(let refusal): "refused: \(refusal)"
        case .dialledSelf: "the address is this node's own"
        }
    }
}
