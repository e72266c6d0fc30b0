/// Meshes and messages.
extension PeerScoring {
    /// The peer has joined our mesh of a topic, by whomever's GRAFT.
    mutating func graft(_ peer: PeerID, in topic: String, at now: Instant) {
        update(peer, in: topic) { standing, _ in standing.graft(at: now) }
    }

    /// The peer has left our mesh of a topic, by whomever's PRUNE.
    mutating func prune(_ peer: PeerID, in topic: String, at now: Instant) {
        update(peer, in: topic) { standing, parameters in standing.prune(parameters) }
    }

    /// A message that is new, and whose signature holds, goes to the validator.
    mutating func validating(
        _ id: MessageID, from peer: PeerID, in topic: String, at now: Instant
    ) {
        guard deliveries[id] == nil else { return }
        deliveries.set(id, to: .pending(senders: [peer]), at: now)
    }

    /// A message has been accepted: `peer` was the first to deliver it.
    mutating func delivered(
        _ id: MessageID, from peer: PeerID, in topic: String, at now: Instant
    ) {
        var counted = [peer]
        switch deliveries[id] {
        case .pending(let senders)?:
            // Who sent it meanwhile cannot have had it from us.
            for sender in senders where sender != peer {
                update(sender, in: topic) { $0.delivered($1) }
                counted.append(sender)
            }
        case .valid?, .invalid?: return
        case nil: break
        }
        update(peer, in: topic) { $0.deliveredFirst($1) }
        deliveries.set(id, to: .valid(since: now, counted: counted), at: now)
    }

    /// A message that was seen before has come once more.
    mutating func duplicate(
        _ id: MessageID, from peer: PeerID, in topic: String, at now: Instant
    ) {
        switch deliveries[id] {
        case .pending?: _ = deliveries.add(peer, to: id)
        case .valid(let since, _)?:
            guard let index = topics.index(of: topic),
                since.duration(to: now) <= topics.parameters(index).meshMessageDeliveriesWindow,
                deliveries.add(peer, to: id)
            else { return }
            update(peer, in: topic) { $0.delivered($1) }
        case .invalid?: countInvalidMessage(from: peer, in: topic)
        case nil: break
        }
    }

    /// The validator has rejected a message: everyone who has sent it, or will, is to blame (P4).
    mutating func rejected(
        _ id: MessageID, from peer: PeerID, in topic: String, at now: Instant
    ) {
        var senders = [peer]
        switch deliveries[id] {
        case .pending(let others)?: senders += others.filter { $0 != peer }
        case .valid?, .invalid?: return
        case nil: break
        }
        for sender in senders { countInvalidMessage(from: sender, in: topic) }
        deliveries.set(id, to: .invalid, at: now)
    }

    /// The validator has neither accepted nor rejected a message, or had no time for it: it counts
    /// for nobody and against nobody.
    mutating func ignored(_ id: MessageID) {
        guard case .pending? = deliveries[id] else { return }
        deliveries.remove(id)
    }

    /// A message that cannot be what its ID says: unsigned, or signed by someone else (P4).
    mutating func countInvalidMessage(from peer: PeerID, in topic: String) {
        update(peer, in: topic) { standing, _ in standing.deliveredInvalid() }
    }
}
