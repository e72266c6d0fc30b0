import Collections

/// Whom messages are sent to.
extension GossipSubMachine {
    /// Publishes a message of this node.
    ///
    /// With flood publishing it goes to every subscriber of good score (gossipsub v1.1, "Flood
    /// Publishing"), else to the mesh, or to the fan-out of a topic that is not joined.
    ///
    /// - Returns: Its ID.
    mutating func publish(
        _ message: PubSubMessage, at now: Instant, using generator: inout some RandomNumberGenerator
    ) throws(GossipSubError) -> MessageID {
        let name = message.topic
        let id = (joined[name] ?? settings.messageID)(message)
        guard !seen.contains(id, at: now) else { throw .duplicate(id) }
        try open(name)
        _ = seen.insert(id, at: now)
        statistics.published += 1
        cache.put(message, id: id)
        let targets =
            with(name) { topic, machine in
                machine.publishTargets(in: &topic, at: now, using: &generator)
            } ?? []
        if targets.isEmpty { statistics.publishedToNobody += 1 }
        send(message, id, to: targets)
        if settings.deliversOwn, joined[name] != nil {
            act(
                .deliver(
                    ReceivedMessage(
                        id: id, topic: name, data: message.data,
                        from: message.from == nil ? nil : settings.localPeer,
                        receivedFrom: settings.localPeer)))
        }
        return id
    }

    private mutating func publishTargets(
        in topic: inout TopicMachine, at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> OrderedSet<PeerID> {
        let threshold = settings.thresholds.publish
        if parameters.floodPublish {
            return topic.subscribers.filter {
                explicitPeers.contains($0) || score(of: $0) >= threshold
            }
        }
        var targets = alwaysServed(in: topic)
        if topic.isJoined, !topic.mesh.isEmpty {
            targets.formUnion(topic.mesh)
        } else {
            topic.lastFanout = topic.isJoined ? nil : now
            if topic.fanout.isEmpty {
                let drawn = draw(parameters.d, from: topic, using: &generator) {
                    score(of: $0) >= threshold
                }
                // A joined topic whose mesh is still empty has no fan-out to keep.
                guard !topic.isJoined else { return targets.union(drawn) }
                topic.fanout = OrderedSet(drawn)
            }
            targets.formUnion(topic.fanout)
        }
        return targets
    }

    /// Explicit peers and floodsub peers of a topic: they are in no mesh.
    private func alwaysServed(in topic: TopicMachine) -> OrderedSet<PeerID> {
        var targets = explicitPeers.filter { topic.subscribers.contains($0) }
        for peer in topic.floodsubPeers where score(of: peer) >= settings.thresholds.publish {
            targets.append(peer)
        }
        return targets
    }

    /// Passes a message on to the mesh.
    mutating func forward(_ entry: PendingMessage, at now: Instant) {
        cache.put(entry.message, id: entry.id)
        let targets =
            with(entry.message.topic) { topic, machine in
                machine.alwaysServed(in: topic).union(topic.mesh)
            } ?? []
        let missing = targets.filter { peer in
            peer != entry.from && !entry.others.contains(peer)
                && !(peers[peer]?.refuses(entry.id, in: tick) ?? true)
        }
        statistics.spared += targets.count { peers[$0]?.refuses(entry.id, in: tick) ?? false }
        send(entry.message, entry.id, to: deferring(entry, to: missing, at: now))
    }

    mutating func send(
        _ message: PubSubMessage, _ id: MessageID, to targets: OrderedSet<PeerID>
    ) {
        var receivers: [PeerID] = []
        for peer in targets where !Self.isAuthor(peer, of: message) {
            guard let known = peers[peer], known.isReachable else { continue }
            if known.refuses(id, in: tick) {
                statistics.spared += 1
            } else {
                receivers.append(peer)
            }
        }
        guard !receivers.isEmpty else { return }
        statistics.sent += receivers.count
        act(.sendMessage(message, id: id, to: receivers))
    }
}
