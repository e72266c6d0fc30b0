/// What peers send, and the verdicts on it.
extension GossipSubMachine {
    /// A peer has sent an RPC.
    mutating func receive(
        _ rpc: GossipRPC, from peer: PeerID, at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        guard peers[peer] != nil else { return }
        statistics.received += 1
        if !rpc.subscriptions.isEmpty { announced(rpc.subscriptions, by: peer, at: now) }
        guard
            explicitPeers.contains(peer) || score(of: peer) >= settings.thresholds.graylist
        else {
            statistics.graylisted += 1
            return
        }
        for message in rpc.messages { receive(message, from: peer, at: now) }
        // IDONTWANT first: it may spare answers to what follows.
        if !rpc.dontWant.isEmpty { receiveDontWant(rpc.dontWant, from: peer) }
        if !rpc.have.isEmpty { receiveHave(rpc.have, from: peer, at: now, using: &generator) }
        if !rpc.want.isEmpty { receiveWant(rpc.want, from: peer) }
        if !rpc.graft.isEmpty {
            receiveGraft(rpc.graft, from: peer, at: now, using: &generator)
        }
        if !rpc.prune.isEmpty {
            receivePrune(rpc.prune, from: peer, at: now, using: &generator)
        }
    }

    private mutating func receive(
        _ message: PubSubMessage, from peer: PeerID, at now: Instant
    ) {
        statistics.messages += 1
        guard explicitPeers.contains(peer) || peers[peer]?.bucket.take(at: now) ?? false else {
            statistics.excess += 1
            reportExcess("more messages than the rate limit allows", by: peer)
            return
        }
        guard let function = joined[message.topic] else {
            // Common just after leaving; it costs the sender more than us.
            statistics.ignored += 1
            return
        }
        let id = function(message)
        if seen.contains(id, at: now) {
            statistics.duplicates += 1
            if let ticket = pending.ticket(of: id, matching: message) {
                pending.add(peer, to: ticket)
            }
            has(peer, id)
            // Our own copy to it may not have left yet.
            act(.withdraw(id, from: peer))
            scoring.duplicate(id, from: peer, in: message.topic, at: now)
            return
        }
        if Self.isAuthor(settings.localPeer, of: message) {
            statistics.ignored += 1
            return
        }
        if let ticket = pending.ticket(of: id, matching: message) {
            statistics.duplicates += 1
            pending.add(peer, to: ticket)
            return
        }
        guard pending.count < limits.maximumPendingMessages,
            pending.byteCount < limits.maximumPendingBytes,
            (peers[peer]?.pendingCount ?? 0) < limits.maximumPendingPerPeer
        else {
            statistics.dropped += 1
            // It may have kept a promise by this, and we have not looked.
            promises.forget(peer)
            return
        }
        peers[peer]?.pendingCount += 1
        let ticket = pending.add(message, id, from: peer, at: now)
        act(.verify(ticket: ticket, message))
    }

    /// A signature has been checked.
    ///
    /// - Parameter fault: What is wrong with the message; `nil` when it holds.
    mutating func verified(_ ticket: UInt64, _ fault: MessageFault?, at now: Instant) {
        guard let entry = pending[ticket], !entry.isVerified else { return }
        let topic = entry.message.topic
        if let fault {
            resolve(ticket)
            guard fault.blamesSender else {
                statistics.ignored += 1
                return
            }
            statistics.rejected += 1
            for peer in [entry.from] + entry.others {
                scoring.countInvalidMessage(from: peer, in: topic)
                act(.report(.invalidContent, "\(fault)", peer))
            }
            return
        }
        guard !seen.contains(entry.id, at: now) else {
            // Another candidate for the ID was verified first, so this one is no better than a copy.
            resolve(ticket)
            statistics.duplicates += 1
            scoring.duplicate(entry.id, from: entry.from, in: topic, at: now)
            return
        }
        guard joined[topic] != nil else {
            resolve(ticket)
            return
        }
        _ = seen.insert(entry.id, at: now)
        pending.setVerified(ticket)
        promises.fulfilled(entry.id)
        scoring.validating(entry.id, from: entry.from, in: topic, at: now)
        for peer in entry.others { scoring.duplicate(entry.id, from: peer, in: topic, at: now) }
        sendDontWant(entry)
        act(.validate(ticket: ticket, received(entry)))
    }

    /// The validator has decided.
    mutating func validated(_ ticket: UInt64, _ verdict: Validation, at now: Instant) {
        guard let entry = pending[ticket], entry.isVerified else { return }
        resolve(ticket)
        let topic = entry.message.topic
        switch verdict {
        case .accept:
            statistics.accepted += 1
            scoring.delivered(entry.id, from: entry.from, in: topic, at: now)
            guard joined[topic] != nil else { return }
            // Others first: for them this is one hop of several.
            forward(entry, at: now)
            act(.deliver(received(entry)))
        case .reject:
            statistics.rejected += 1
            scoring.rejected(entry.id, from: entry.from, in: topic, at: now)
            for peer in [entry.from] + entry.others {
                act(.report(.invalidContent, "message rejected by the application", peer))
            }
        case .ignore:
            statistics.ignored += 1
            scoring.ignored(entry.id)
        }
    }

    /// Ends the wait for a message's verdict.
    private mutating func resolve(_ ticket: UInt64) {
        guard let entry = pending.remove(ticket) else { return }
        if let count = peers[entry.from]?.pendingCount {
            peers[entry.from]?.pendingCount = max(0, count - 1)
        }
    }

    /// Gives up on verdicts that have not come in time: nobody is to blame but ourselves.
    mutating func expirePending(at now: Instant) {
        let age = limits.validationTimeout + limits.validationTimeout
        let deadline = now.advanced(by: .zero - age)
        while let entry = pending.oldest(before: deadline) {
            resolve(entry.ticket)
            statistics.ignored += 1
            if entry.isVerified {
                scoring.ignored(entry.id)
            }
        }
    }

    private func received(_ entry: PendingMessage) -> ReceivedMessage {
        ReceivedMessage(
            id: entry.id, topic: entry.message.topic, data: entry.message.data,
            from: entry.message.from.flatMap { try? PeerID(bytes: $0) }, receivedFrom: entry.from)
    }
}
