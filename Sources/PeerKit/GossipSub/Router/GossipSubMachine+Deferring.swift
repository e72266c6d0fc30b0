import Collections

/// Sends large messages to some at once and to the rest, part by part, only if they still want it.
///
/// IDONTWANT comes too late for copies that are on their way: in a mesh whose peers are equally far
/// from one another nearly every copy is. Two peers at once reach four fifths of a network by
/// themselves (an epidemic with out-degree 2 misses the x with x = e^(-2(1-x)), 20 %; one with 3
/// misses 6 %, for one more copy to everybody). Those who have the message say so within a round
/// trip. Those who do not have it after the delay are missed by all their neighbours alike, and would
/// get it from all of them at the same moment; so each neighbour offers it to a few of its own at a
/// time, whose thanks keep the others silent.
extension GossipSubMachine {
    /// Splits those who get a message into those who get it at once, who are returned, and the rest.
    mutating func deferring(
        _ entry: PendingMessage, to targets: OrderedSet<PeerID>, at now: Instant
    ) -> OrderedSet<PeerID> {
        guard settings.eagerDelay > .zero,
            entry.message.data.count >= parameters.iDontWantMessageThreshold,
            deferred.count < limits.maximumDeferredMessages
        else { return targets }
        // Only who can say IDONTWANT can be kept waiting.
        let patient = targets.filter { peer in
            !explicitPeers.contains(peer) && peers[peer]?.version.hasDontWant ?? false
        }
        guard patient.count > settings.eagerPeers else { return targets }
        // Each message begins with other peers.
        let start = Int(entry.ticket % UInt64(patient.count))
        let later = OrderedSet(
            (settings.eagerPeers..<patient.count).map { patient[(start + $0) % patient.count] })
        deferred.insert(
            entry.message, entry.id, for: later, due: now.advanced(by: settings.eagerDelay))
        return targets.subtracting(later)
    }

    /// When ``sendDeferred(at:)`` is to be called next.
    ///
    /// Mutating, though it changes nothing: the router asks after every transition, and a plain
    /// getter is handed a copy of the whole machine.
    var nextDeadline: Instant? {
        mutating get { deferred.nextDeadline }
    }

    /// Sends what has waited long enough, to as many peers at a time as at first.
    mutating func sendDeferred(at now: Instant) {
        let parts = deferred.removeDue(
            at: now, partCount: settings.eagerPeers, pause: settings.eagerDelay / 2)
        for part in parts { send(part.message, part.id, to: part.peers) }
    }

    /// A peer has a message already.
    mutating func has(_ peer: PeerID, _ id: MessageID) {
        if deferred.remove(peer, from: id) { statistics.spared += 1 }
    }
}
