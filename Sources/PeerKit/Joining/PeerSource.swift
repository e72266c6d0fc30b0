/// A peer that somebody knows of.
public struct KnownPeer: Sendable, Hashable {
    /// Who it is.
    public var id: PeerID
    /// Where it may be, likeliest first, without `/p2p`.
    public var addresses: [Multiaddr]
    /// Its own signed statement of its addresses (a signed envelope), if there is one.
    public var signedRecord: [UInt8]?

    /// A peer at some addresses.
    public init(id: PeerID, addresses: [Multiaddr], signedRecord: [UInt8]? = nil) {
        self.id = id
        self.addresses = addresses
        self.signedRecord = signedRecord
    }
}

/// Something that can be asked for peers: the address book, other peers, a walk through a DHT.
///
/// ``Joining`` asks its sources when the node has too few connections, each with a back-off of its
/// own.
public protocol PeerSource: Sendable {
    /// Names the source in reports and logs; the same as the `source` of
    /// ``PeerEvent/discovered(_:_:source:)`` where the source also announces by itself.
    var name: String { get }

    /// Looks for about `count` peers; none is an answer too.
    ///
    /// - Throws: Why nothing could be asked, for the report.
    func findSome(_ count: Int) async throws -> [KnownPeer]

    /// Hears how the dial of a peer has ended, whoever found it.
    func dialled(_ peer: PeerID, isReached: Bool) async
}

extension PeerSource {
    /// Has no use for it.
    public func dialled(_ peer: PeerID, isReached: Bool) async {}
}

/// Why a source could not even ask.
public enum PeerSourceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It asks connected peers, and there is none that could be asked now.
    case nobodyToAsk
    /// Everybody it has asked has failed to answer.
    case noAnswer(String)

    /// What is wrong, in words.
    public var description: String {
        switch self {
        case .nobodyToAsk: "no connected peer can be asked now"
        case .noAnswer(let reason): "no answer: \(reason)"
        }
    }
}
