/// Peer exchange in PRUNE (gossipsub v1.1, "Peer Exchange").
extension GossipSubMachine {
    /// Peers of a topic for one that has to go, none of them of bad score.
    func exchangedPeers(
        for peer: PeerID, in topic: TopicMachine,
        using generator: inout some RandomNumberGenerator
    ) -> [GossipRPC.ExchangedPeer] {
        guard parameters.offersPeerExchange else { return [] }
        return draw(parameters.prunePeers, from: topic, using: &generator) {
            $0 != peer && score(of: $0) >= 0
        }.map { GossipRPC.ExchangedPeer(id: $0, signedRecord: nil) }
    }

    /// A peer offers others, which are believed only from a peer of high score: a liar could
    /// surround us with its own.
    mutating func receiveExchange(
        _ offers: [GossipRPC.ExchangedPeer], from peer: PeerID,
        using generator: inout some RandomNumberGenerator
    ) {
        guard !offers.isEmpty, score(of: peer) >= settings.thresholds.acceptPeerExchange else {
            return
        }
        var chosen = offers
        chosen.shuffle(using: &generator)
        for offer in chosen.prefix(parameters.prunePeers)
        where offer.id != settings.localPeer && peers[offer.id] == nil {
            act(.exchange(offer))
        }
    }
}
