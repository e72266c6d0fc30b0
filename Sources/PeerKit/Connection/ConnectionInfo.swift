/// What is known of a connection from outside.
public struct ConnectionInfo: Sendable, Hashable {
    /// Unique within the node.
    public let id: UInt64
    /// Who is at the other end; proven by the handshake.
    public let remotePeer: PeerID
    /// Which side dialled.
    public let direction: Direction
    /// This side's address.
    public let localAddress: Multiaddr
    /// The other side's address.
    public let remoteAddress: Multiaddr
}

/// Bytes a connection has carried, below the cipher.
public struct Traffic: Sendable, Hashable, Codable {
    /// Bytes received from the network.
    public var received: UInt64 = 0
    /// Bytes handed to the network.
    public var sent: UInt64 = 0

    /// No traffic.
    public init() {}

    static func + (a: Traffic, b: Traffic) -> Traffic {
        var sum = a
        sum.received += b.received
        sum.sent += b.sent
        return sum
    }
}
