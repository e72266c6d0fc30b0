/// Joining and leaving topics.
extension GossipSubMachine {
    /// Joins a topic: announces it and makes a mesh, of the fan-out first (gossipsub v1.0, "JOIN").
    mutating func join(
        _ name: String, messageID: MessageIDFunction? = nil, at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) throws(GossipSubError) {
        guard joined[name] == nil else { return }
        try open(name)
        joined[name] = messageID ?? settings.messageID
        announce(name, isSubscribed: true)
        _ = with(name) { topic, machine in
            topic.isJoined = true
            let known = topic.fanout
            topic.fanout.removeAll()
            topic.lastFanout = nil
            for peer in known.prefix(machine.parameters.d)
            where machine.mayGraft(peer, in: topic, at: now) {
                machine.graft(peer, in: &topic, at: now)
            }
            machine.fill(&topic, at: now, using: &generator)
        }
    }

    /// Leaves a topic: prunes its mesh with the shorter back-off (gossipsub v1.1, "unsubscribe
    /// backoff").
    mutating func leave(
        _ name: String, at now: Instant, using generator: inout some RandomNumberGenerator
    ) {
        guard joined.removeValue(forKey: name) != nil else { return }
        announce(name, isSubscribed: false)
        _ = with(name) { topic, machine in
            let backoff = machine.parameters.unsubscribeBackoff
            for peer in topic.mesh {
                machine.prune(
                    peer, in: &topic, backoff: backoff, exchangesPeers: true, at: now,
                    using: &generator)
            }
            topic.isJoined = false
        }
        // The machine stays until the heartbeat finds its back-offs over, so that leaving and
        // joining again does not break them.
    }

    /// Makes a topic's machine, with the peers that announce the topic.
    mutating func open(_ name: String) throws(GossipSubError) {
        if let known = topics.take(name) {
            topics.put(known)
            return
        }
        let length = name.utf8.count
        guard (1...limits.maximumTopicBytes).contains(length) else {
            throw .unsuitableTopic(byteCount: length, limit: limits.maximumTopicBytes)
        }
        guard topics.count < limits.maximumTopics else {
            throw .limit("maximumTopics", value: limits.maximumTopics)
        }
        var topic = TopicMachine(topic: name, limits: limits)
        for (peer, known) in peers where known.topics.contains(name) { note(peer, in: &topic) }
        topics.put(topic)
    }

    private mutating func announce(_ name: String, isSubscribed: Bool) {
        for peer in peers.keys {
            tell(peer) { rpc in
                rpc.subscriptions.append(.init(topic: name, isSubscribed: isSubscribed))
            }
        }
    }
}
