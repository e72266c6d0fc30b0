/// What the shell of a ``GossipSubMachine`` must do.
enum GossipSubAction: Sendable, Hashable {
    /// Send control messages and subscriptions, ahead of messages and never dropped alone.
    case sendControl(GossipRPC, to: PeerID)
    /// Send gossip (IHAVE), which may be dropped when the peer is slow.
    case sendGossip(GossipRPC, to: PeerID)
    /// Send a message to each of these peers; may be dropped for those that are slow.
    case sendMessage(PubSubMessage, id: MessageID, to: [PeerID])
    /// A peer has a message or does not want it: if it still waits to be sent, drop it.
    case withdraw(MessageID, from: PeerID)
    /// Check the signature and answer with ``GossipSubMachine/verified(_:_:at:using:)``.
    case verify(ticket: UInt64, PubSubMessage)
    /// Ask the topic's validator, if there is one, and answer with
    /// ``GossipSubMachine/validated(_:_:at:)``.
    case validate(ticket: UInt64, ReceivedMessage)
    /// Hand a message to the subscribers in this process.
    case deliver(ReceivedMessage)
    /// Connect to a peer that another one offered.
    case exchange(GossipRPC.ExchangedPeer)
    /// Connect to an explicit peer that is not connected.
    case connectExplicit(PeerID)
    /// A peer has come into a topic's mesh or left it.
    case meshChanged(topic: String, PeerID, isMember: Bool)
    /// A peer broke the protocol.
    case report(PeerFault.Kind, String, PeerID)
}
