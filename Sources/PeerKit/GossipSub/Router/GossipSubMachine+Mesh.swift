import Collections

/// GRAFT, PRUNE and the back-off (gossipsub v1.0 "Control messages", v1.1 "Prune backoff").
extension GossipSubMachine {
    // MARK: Decisions

    /// Whether this side may graft a peer. A heartbeat is added to the back-off, as the peer's clock
    /// began later and a GRAFT that is early costs its sender score.
    func mayGraft(_ peer: PeerID, in topic: TopicMachine, at now: Instant) -> Bool {
        !topic.mesh.contains(peer) && hasMesh(peer) && score(of: peer) >= 0
            && !topic.backoffs.holds(peer, at: now, slack: parameters.heartbeatInterval)
    }

    /// Fills the mesh up to its size.
    mutating func fill(
        _ topic: inout TopicMachine, at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        let missing = parameters.d - topic.mesh.count
        for peer in draw(
            missing, from: topic, using: &generator,
            where: {
                mayGraft($0, in: topic, at: now)
            })
        {
            graft(peer, in: &topic, at: now)
        }
    }

    // MARK: Steps

    /// Takes a peer into the mesh and tells it.
    mutating func graft(_ peer: PeerID, in topic: inout TopicMachine, at now: Instant) {
        enter(peer, in: &topic, at: now)
        statistics.grafts += 1
        let name = topic.topic
        tell(peer) { $0.graft.append(name) }
    }

    private mutating func enter(_ peer: PeerID, in topic: inout TopicMachine, at now: Instant) {
        topic.mesh.append(peer)
        scoring.graft(peer, in: topic.topic, at: now)
        act(.meshChanged(topic: topic.topic, peer, isMember: true))
    }

    /// Takes a peer out of the mesh and tells it.
    mutating func prune(
        _ peer: PeerID, in topic: inout TopicMachine, backoff: Duration, exchangesPeers: Bool,
        at now: Instant, using generator: inout some RandomNumberGenerator
    ) {
        if topic.mesh.remove(peer) != nil {
            scoring.prune(peer, in: topic.topic, at: now)
            act(.meshChanged(topic: topic.topic, peer, isMember: false))
        }
        topic.backoffs.begin(peer, until: now.advanced(by: backoff))
        sendPrune(
            peer, in: topic, backoff: backoff, exchangesPeers: exchangesPeers, using: &generator)
    }

    private mutating func sendPrune(
        _ peer: PeerID, in topic: TopicMachine, backoff: Duration, exchangesPeers: Bool,
        using generator: inout some RandomNumberGenerator
    ) {
        guard let version = peers[peer]?.version else { return }
        var prune = GossipRPC.Prune(topic: topic.topic, peers: [], backoff: nil)
        if version.hasPeerExchange {
            prune.backoff = backoff
            if exchangesPeers {
                prune.peers = exchangedPeers(for: peer, in: topic, using: &generator)
            }
        }
        statistics.prunes += 1
        let message = prune
        tell(peer) { $0.prune.append(message) }
    }

    // MARK: What peers send

    /// A peer wants into meshes.
    mutating func receiveGraft(
        _ names: [String], from peer: PeerID, at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        // A peer whose stream is broken would not hear of what it missed; it hears of us anew first.
        guard let known = peers[peer], known.version.hasMesh, known.isReachable else { return }
        for name in names where joined[name] != nil {
            _ = with(name) { topic, machine in
                machine.receiveGraft(&topic, from: peer, at: now, using: &generator)
            }
        }
        // A topic that we have not joined is no matter for an answer: it would tell the sender
        // nothing but that we are there (v1.1, "spam protection").
    }

    private mutating func receiveGraft(
        _ topic: inout TopicMachine, from peer: PeerID, at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        guard !topic.mesh.contains(peer) else { return }
        let backoff = parameters.pruneBackoff
        // Explicit peers are in no mesh; the other side has not marked us as one.
        if explicitPeers.contains(peer) {
            return refuse(peer, &topic, exchangesPeers: false, at: now, using: &generator)
        }
        if let end = topic.backoffs.end(of: peer), now < end {
            // v1.1, "Behavioural penalty" (P7): once for being early, once more if it comes at
            // once after the PRUNE, which no delay on the wire explains.
            let flood = end.advanced(by: parameters.graftFloodThreshold - backoff)
            scoring.addBehaviourPenalty(peer, now < flood ? 2 : 1)
            act(.report(.excess, "GRAFT during the back-off", peer))
            return refuse(peer, &topic, exchangesPeers: false, at: now, using: &generator)
        }
        let score = score(of: peer)
        if score < 0 {
            return refuse(peer, &topic, exchangesPeers: false, at: now, using: &generator)
        }
        // Outbound peers are taken even into a full mesh, so that inbound ones cannot shut it
        // (v1.1, "Outbound mesh quotas").
        let isOutbound = peers[peer]?.isOutbound ?? false
        if topic.mesh.count >= parameters.dHigh, !isOutbound {
            return refuse(peer, &topic, exchangesPeers: true, at: now, using: &generator)
        }
        // An entry without announcement would keep the peer out of gossip and fan-out.
        if !topic.subscribers.contains(peer) {
            announced([.init(topic: topic.topic, isSubscribed: true)], by: peer, to: &topic)
        }
        enter(peer, in: &topic, at: now)
    }

    /// A GRAFT says as much as a subscription.
    private mutating func announced(
        _ changes: [GossipRPC.Subscription], by peer: PeerID, to topic: inout TopicMachine
    ) {
        guard (peers[peer]?.topics.count ?? .max) < limits.maximumTopicsPerPeer else { return }
        peers[peer]?.topics.append(topic.topic)
        note(peer, in: &topic)
    }

    private mutating func refuse(
        _ peer: PeerID, _ topic: inout TopicMachine, exchangesPeers: Bool, at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        statistics.graftsRefused += 1
        prune(
            peer, in: &topic, backoff: parameters.pruneBackoff, exchangesPeers: exchangesPeers,
            at: now, using: &generator)
    }

    /// A peer has taken us out of its meshes.
    mutating func receivePrune(
        _ prunes: [GossipRPC.Prune], from peer: PeerID, at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        for prune in prunes where joined[prune.topic] != nil {
            let backoff = min(prune.backoff ?? parameters.pruneBackoff, limits.maximumBackoff)
            _ = with(prune.topic) { topic, machine in
                if topic.mesh.remove(peer) != nil {
                    machine.scoring.prune(peer, in: topic.topic, at: now)
                    machine.act(.meshChanged(topic: topic.topic, peer, isMember: false))
                }
                topic.backoffs.begin(peer, until: now.advanced(by: max(.zero, backoff)))
            }
            receiveExchange(prune.peers, from: peer, using: &generator)
        }
    }
}
