/// What a peer says of itself (identify specification).
public struct IdentifyInfo: Sendable, Hashable {
    /// The family of protocols; informative.
    public var protocolVersion: String
    /// The software.
    public var agentVersion: String
    /// Where it says it listens.
    public var listenAddresses: [Multiaddr]
    /// Protocols it serves.
    public var protocols: [ProtocolID]
    /// From where it sees this node's connection come.
    public var observedAddress: Multiaddr?
    /// The addresses that its identity key has signed, checked.
    public var record: PeerRecord?
    /// ``record`` as it came, a signed envelope: for passing on.
    public var signedRecord: [UInt8]? = nil

    /// Where to dial it: the signed addresses if there are any, else the bare ones.
    public var dialableAddresses: [Multiaddr] { record?.addresses ?? listenAddresses }
}
