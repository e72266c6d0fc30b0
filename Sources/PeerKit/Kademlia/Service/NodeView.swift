/// A node as its services see it from the home executor, which they share: every look is within
/// the turn, also in the middle of asynchronous functions.
struct NodeView: Sendable {
    let node: PeerNode

    func isConnected(to peer: PeerID) -> Bool {
        node.assumeIsolated { $0.isConnected(to: peer) }
    }

    /// Where a peer was heard of, latest first, no more than are of use to others.
    func addresses(of peer: PeerID) -> [Multiaddr] {
        Array(
            node.assumeIsolated { $0.addresses(of: peer) }
                .prefix(KademliaLimits.maximumAddressesPerPeer))
    }

    func identity(of peer: PeerID) -> IdentifyInfo? {
        node.assumeIsolated { $0.identity(of: peer) }
    }

    /// The other end of a connection that stands with a peer.
    func remoteAddress(of peer: PeerID) -> IPAddress? {
        node.assumeIsolated { $0.connections(with: peer).first?.remoteAddress.ipAddress }
    }

    func learn(_ peer: KademliaPeer) {
        node.assumeIsolated { $0.learn(peer.id, at: peer.addresses, source: "kademlia") }
    }

    var connectedPeers: [PeerID] { node.assumeIsolated { $0.connectedPeers } }

    /// This node, as it tells others.
    var ownEntry: KademliaPeer {
        let addresses = node.assumeIsolated { $0.boundAddresses }
        return KademliaPeer(
            id: node.peerID,
            addresses: Array(addresses.prefix(KademliaLimits.maximumAddressesPerPeer)))
    }
}

extension PeerNode {
    nonisolated var view: NodeView { NodeView(node: self) }
}
