/// Peers that come, go, and announce topics.
extension GossipSubMachine {
    /// A peer that speaks one of our protocols is connected: tells it all our topics, in an RPC
    /// that may be empty (pubsub spec: the first RPC on a stream).
    mutating func addPeer(
        _ peer: PeerID, _ version: GossipSubVersion, isOutbound: Bool, addresses: [IPAddress],
        at now: Instant
    ) {
        guard peers[peer] == nil else { return }
        peers[peer] = RouterPeer(
            version: version, isOutbound: isOutbound,
            bucket: TokenBucket(
                rate: limits.messagesPerSecond, burst: limits.messageBurst, now: now))
        scoring.addPeer(peer, addresses: addresses, at: now)
        greet(peer)
    }

    /// Negotiation has shown what the peer really speaks.
    mutating func setVersion(_ version: GossipSubVersion, of peer: PeerID) {
        guard let known = peers[peer], known.version != version else { return }
        peers[peer]?.version = version
        for topic in known.topics {
            _ = with(topic) { topic, _ in
                guard topic.subscribers.contains(peer) else { return }
                if version.hasMesh {
                    topic.floodsubPeers.remove(peer)
                } else {
                    topic.floodsubPeers.append(peer)
                }
            }
        }
    }

    /// A connection came or went: the peer's addresses, and whether this side dialled one of them.
    mutating func setConnections(
        of peer: PeerID, isOutbound: Bool, addresses: [IPAddress], at now: Instant
    ) {
        guard peers[peer] != nil else { return }
        peers[peer]?.isOutbound = isOutbound
        scoring.setAddresses(peer, addresses)
    }

    /// Never puts the peer into a mesh again, and always sends it messages.
    mutating func addExplicitPeer(
        _ peer: PeerID, at now: Instant, using generator: inout some RandomNumberGenerator
    ) {
        guard peer != settings.localPeer, explicitPeers.append(peer).inserted else { return }
        for name in topics.names {
            _ = with(name) { topic, machine in
                topic.fanout.remove(peer)
                guard topic.mesh.contains(peer) else { return }
                machine.prune(
                    peer, in: &topic, backoff: machine.parameters.pruneBackoff,
                    exchangesPeers: false, at: now, using: &generator)
            }
        }
        if peers[peer] == nil { act(.connectExplicit(peer)) }
    }

    /// Our stream to the peer has failed. It leaves every mesh, as it no longer hears of us; what it
    /// subscribes to is still known.
    mutating func streamLost(_ peer: PeerID, at now: Instant) {
        guard let known = peers[peer], known.isReachable else { return }
        peers[peer]?.isReachable = false
        statistics.streamsLost += 1
        for name in known.topics.union(topics.names) {
            _ = with(name) { topic, machine in machine.drop(peer, from: &topic, at: now) }
        }
    }

    /// Our stream to the peer may be opened anew.
    mutating func streamRestored(_ peer: PeerID) {
        guard let known = peers[peer], !known.isReachable else { return }
        peers[peer]?.isReachable = true
        greet(peer)
    }

    /// The last connection with the peer has ended, or it speaks none of our protocols any more.
    mutating func removePeer(_ peer: PeerID, at now: Instant) {
        guard peers[peer] != nil else { return }
        for name in topics.names {
            _ = with(name) { topic, machine in
                machine.drop(peer, from: &topic, at: now)
                _ = topic.remove(peer)
            }
        }
        peers[peer] = nil
        scoring.removePeer(peer, at: now)
        promises.forget(peer)
    }

    /// Takes a peer out of a mesh without a word to it.
    private mutating func drop(_ peer: PeerID, from topic: inout TopicMachine, at now: Instant) {
        guard topic.leave(peer) else { return }
        scoring.prune(peer, in: topic.topic, at: now)
        act(.meshChanged(topic: topic.topic, peer, isMember: false))
    }

    private mutating func greet(_ peer: PeerID) {
        let names = topics.names.filter { joined[$0] != nil }
        tell(peer) { rpc in
            rpc.subscriptions = names.map { .init(topic: $0, isSubscribed: true) }
        }
    }

    // MARK: Subscriptions of others

    /// The peer has opened a new stream: what it announced on the one before holds no longer, as its
    /// first RPC will name every topic.
    mutating func streamOpened(by peer: PeerID) {
        guard let known = peers[peer] else { return }
        for topic in known.topics { forget(peer, in: topic) }
        peers[peer]?.topics.removeAll()
    }

    /// The peer has announced or withdrawn topics.
    mutating func announced(
        _ changes: [GossipRPC.Subscription], by peer: PeerID, at now: Instant
    ) {
        var excess = 0
        for change in changes {
            guard (1...limits.maximumTopicBytes).contains(change.topic.utf8.count) else {
                excess += 1
                continue
            }
            if !change.isSubscribed {
                peers[peer]?.topics.remove(change.topic)
                _ = with(change.topic) { topic, machine in
                    machine.drop(peer, from: &topic, at: now)
                    _ = topic.remove(peer)
                }
            } else if peers[peer]?.topics.contains(change.topic) ?? true {
                continue
            } else if (peers[peer]?.topics.count ?? 0) >= limits.maximumTopicsPerPeer {
                excess += 1
            } else {
                peers[peer]?.topics.append(change.topic)
                _ = with(change.topic) { topic, machine in machine.note(peer, in: &topic) }
            }
        }
        if excess > 0 { reportExcess("\(excess) subscriptions over the limit", by: peer) }
    }

    /// Enters a subscriber.
    mutating func note(_ peer: PeerID, in topic: inout TopicMachine) {
        guard let known = peers[peer] else { return }
        topic.subscribers.append(peer)
        if !known.version.hasMesh { topic.floodsubPeers.append(peer) }
    }

    private mutating func forget(_ peer: PeerID, in name: String) {
        _ = with(name) { topic, _ in
            // In mesh and fan-out it stays: the new stream's first RPC comes at once.
            topic.subscribers.remove(peer)
            topic.floodsubPeers.remove(peer)
        }
    }

    /// Reports that a peer sends more than it may, once in a heartbeat.
    mutating func reportExcess(_ what: String, by peer: PeerID) {
        guard peers[peer]?.mayReportExcess(in: tick) ?? false else { return }
        act(.report(.excess, what, peer))
    }
}
