import Collections

/// What is done once in a heartbeat (gossipsub v1.1, "Heartbeat").
extension GossipSubMachine {
    /// Keeps meshes and fan-outs in order and gossips.
    ///
    /// - Complexity: O(subscribers of own topics), not of all peers.
    mutating func heartbeat(at now: Instant, using generator: inout some RandomNumberGenerator) {
        tick += 1
        scoring.refresh(at: now)
        expirePending(at: now)
        punishBrokenPromises(at: now)
        if tick % UInt64(max(1, parameters.directConnectTicks)) == 1 {
            for peer in explicitPeers where peers[peer] == nil { act(.connectExplicit(peer)) }
        }
        let isOpportunistic = tick % UInt64(max(1, parameters.opportunisticGraftTicks)) == 0
        for name in topics.names {
            let isNeeded = with(name) { topic, machine in
                if machine.tick % 15 == 0 {
                    topic.backoffs.expire(at: now, slack: machine.parameters.heartbeatInterval)
                }
                if topic.isJoined {
                    machine.maintainMesh(
                        &topic, isOpportunistic: isOpportunistic, at: now, using: &generator)
                } else {
                    machine.maintainFanout(&topic, at: now, using: &generator)
                }
                machine.emitGossip(topic, using: &generator)
                return topic.isJoined || topic.lastFanout != nil || topic.backoffs.count > 0
            }
            if isNeeded == false { topics.remove(name) }
        }
        cache.shift()
    }

    private mutating func punishBrokenPromises(at now: Instant) {
        for (peer, count) in promises.broken(at: now) {
            statistics.brokenPromises += count
            scoring.addBehaviourPenalty(peer, Double(count))
            act(.report(.unresponsive, "\(count) messages offered by IHAVE never came", peer))
        }
    }

    // MARK: Mesh

    private mutating func maintainMesh(
        _ topic: inout TopicMachine, isOpportunistic: Bool, at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        let backoff = parameters.pruneBackoff
        for peer in topic.mesh where score(of: peer) < 0 {
            prune(
                peer, in: &topic, backoff: backoff, exchangesPeers: false, at: now,
                using: &generator)
        }
        if topic.mesh.count < parameters.dLow {
            fill(&topic, at: now, using: &generator)
        }
        if topic.mesh.count > parameters.dHigh {
            shrink(&topic, at: now, using: &generator)
        }
        if topic.mesh.count >= parameters.dLow {
            addOutbound(&topic, at: now, using: &generator)
        }
        if isOpportunistic, topic.mesh.count > 1 {
            graftOpportunistically(&topic, at: now, using: &generator)
        }
    }

    /// Keeps the best by score, the rest at random, and enough that this side dialled.
    private mutating func shrink(
        _ topic: inout TopicMachine, at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        // Shuffled first, so that equal scores are in random order.
        var ranked = Array(topic.mesh)
        ranked.shuffle(using: &generator)
        let scores = Dictionary(uniqueKeysWithValues: ranked.map { ($0, score(of: $0)) })
        ranked.sort { scores[$0, default: 0] > scores[$1, default: 0] }
        let best = min(parameters.dScore, ranked.count)
        var rest = Array(ranked[best...])
        rest.shuffle(using: &generator)
        ranked = Array(ranked[..<best]) + rest
        let size = parameters.d
        // Outbound peers among those to go change places with the last inbound ones to stay.
        var missing =
            parameters.dOut - ranked[..<size].count { isOutbound($0) }
        var keep = size - 1
        for leave in size..<ranked.count where missing > 0 && isOutbound(ranked[leave]) {
            while keep >= 0, isOutbound(ranked[keep]) { keep -= 1 }
            guard keep >= 0 else { break }
            ranked.swapAt(keep, leave)
            missing -= 1
        }
        for peer in ranked[size...] {
            prune(
                peer, in: &topic, backoff: parameters.pruneBackoff, exchangesPeers: true, at: now,
                using: &generator)
        }
    }

    private func isOutbound(_ peer: PeerID) -> Bool { peers[peer]?.isOutbound ?? false }

    /// Sees to it that this side has chosen some of the mesh itself.
    private mutating func addOutbound(
        _ topic: inout TopicMachine, at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        let missing = parameters.dOut - topic.mesh.count { isOutbound($0) }
        for peer in draw(
            missing, from: topic, using: &generator,
            where: {
                isOutbound($0) && mayGraft($0, in: topic, at: now)
            })
        {
            graft(peer, in: &topic, at: now)
        }
    }

    /// Replaces a mesh of poor peers by and by (v1.1, "Opportunistic Grafting").
    private mutating func graftOpportunistically(
        _ topic: inout TopicMachine, at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        let scores = topic.mesh.map { score(of: $0) }.sorted()
        let median = scores[scores.count / 2]
        guard median < settings.thresholds.opportunisticGraft else { return }
        let drawn = draw(parameters.opportunisticGraftPeers, from: topic, using: &generator) {
            mayGraft($0, in: topic, at: now) && score(of: $0) > median
        }
        for peer in drawn { graft(peer, in: &topic, at: now) }
    }

    // MARK: Fan-out

    private mutating func maintainFanout(
        _ topic: inout TopicMachine, at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        guard let last = topic.lastFanout else { return }
        guard now < last.advanced(by: parameters.fanoutTTL) else {
            topic.fanout.removeAll()
            topic.lastFanout = nil
            return
        }
        let threshold = settings.thresholds.publish
        topic.fanout = topic.fanout.filter {
            topic.subscribers.contains($0) && score(of: $0) >= threshold
        }
        let missing = parameters.d - topic.fanout.count
        let drawn = draw(missing, from: topic, using: &generator) {
            !topic.fanout.contains($0) && score(of: $0) >= threshold
        }
        topic.fanout.append(contentsOf: drawn)
    }
}
