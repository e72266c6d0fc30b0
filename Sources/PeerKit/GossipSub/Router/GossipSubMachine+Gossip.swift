/// IHAVE and IWANT (gossipsub v1.0 "Control messages", v1.1 "Adaptive gossip dissemination" and
/// "Spam protection").
extension GossipSubMachine {
    /// Tells some peers outside the mesh (or the fan-out) what has lately been seen in a topic.
    mutating func emitGossip(
        _ topic: TopicMachine, using generator: inout some RandomNumberGenerator
    ) {
        var ids = cache.gossipIDs(in: topic.topic)
        guard !ids.isEmpty else { return }
        let threshold = settings.thresholds.gossip
        var candidates = topic.subscribers.filter {
            !topic.mesh.contains($0) && !topic.fanout.contains($0) && hasMesh($0)
                && score(of: $0) >= threshold
        }
        let part = (parameters.gossipFactor * Double(candidates.count)).rounded(.down)
        let count = max(parameters.dLazy, Int(part))
        candidates.shuffle(using: &generator)
        for peer in candidates.prefix(count) {
            // Too many for one peer: each gets another part, so that together they know all.
            if ids.count > parameters.maximumIHaveLength { ids.shuffle(using: &generator) }
            let part = Array(ids.prefix(parameters.maximumIHaveLength))
            var rpc = GossipRPC()
            rpc.have = [.init(topic: topic.topic, ids: part)]
            statistics.haves += 1
            act(.sendGossip(rpc, to: peer))
        }
    }

    /// A peer has messages: asks for those that are not known.
    mutating func receiveHave(
        _ offers: [GossipRPC.Have], from peer: PeerID, at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        guard score(of: peer) >= settings.thresholds.gossip else { return }
        let count = peers[peer]?.countHave(in: tick) ?? 0
        guard count <= parameters.maximumIHaveMessages else {
            return reportExcess("more than \(parameters.maximumIHaveMessages) IHAVE", by: peer)
        }
        let room = parameters.maximumIHaveLength - (peers[peer]?.askedCount ?? 0)
        guard room > 0 else { return }
        var wanted: [MessageID] = []
        var chosen: Set<MessageID> = []
        for offer in offers where joined[offer.topic] != nil {
            for id in offer.ids.prefix(parameters.maximumIHaveLength)
            where !seen.contains(id, at: now) && chosen.insert(id).inserted {
                wanted.append(id)
            }
        }
        guard !wanted.isEmpty else { return }
        // At random, so that who sends many cannot choose which are asked for.
        wanted.shuffle(using: &generator)
        let asked = Array(wanted.prefix(room))
        peers[peer]?.countAsked(asked.count, in: tick)
        statistics.wanted += asked.count
        // One at random stands for all: a peer that keeps back any is found sooner or later.
        promises.track(
            peer, [asked[0]], until: now.advanced(by: parameters.iWantFollowupTime))
        tell(peer) { $0.want += asked }
    }

    /// A peer asks for messages: sends each a few times at most.
    mutating func receiveWant(_ ids: [MessageID], from peer: PeerID) {
        guard score(of: peer) >= settings.thresholds.gossip else { return }
        for id in ids.prefix(parameters.maximumIHaveLength) {
            guard let (message, count) = cache.message(id, for: peer),
                count <= parameters.gossipRetransmission
            else { continue }
            guard !(peers[peer]?.refuses(id, in: tick) ?? true) else {
                statistics.spared += 1
                continue
            }
            statistics.served += 1
            statistics.sent += 1
            act(.sendMessage(message, id: id, to: [peer]))
        }
    }
}
