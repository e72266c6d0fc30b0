import Collections

/// A large message that has gone to a part of the mesh only.
struct DeferredMessage: Sendable {
    let message: PubSubMessage
    let due: Instant
    /// Who may not have it yet.
    var peers: OrderedSet<PeerID>
}

/// Sends large messages to some at once and to the rest only if they still want it.
///
/// IDONTWANT comes too late for copies that are on their way: in a mesh whose peers are equally far
/// from one another nearly every copy is. Two peers at once reach four fifths of a network by
/// themselves (an epidemic with out-degree 2 misses the x with x = e^(-2(1-x)), 20 %; one with 3
/// misses 6 %, for one more copy to everybody); those who have the message say so within a round
/// trip, and the rest get it after the delay, whatever the size of the mesh.
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
        deferred[entry.id] = DeferredMessage(
            message: entry.message, due: now.advanced(by: settings.eagerDelay), peers: later)
        return targets.subtracting(later)
    }

    /// When ``sendDeferred(at:)`` is to be called next.
    ///
    /// Mutating, though it changes nothing: the router asks after every transition, and a plain
    /// getter is handed a copy of the whole machine.
    var nextDeadline: Instant? {
        mutating get { deferred.isEmpty ? nil : deferred.elements.first?.value.due }
    }

    /// Sends what has waited long enough.
    mutating func sendDeferred(at now: Instant) {
        // In the order of their deadlines, as every one waits equally long.
        while let first = deferred.elements.first, first.value.due <= now {
            deferred.removeFirst()
            send(first.value.message, first.key, to: first.value.peers)
        }
    }

    /// A peer has a message already.
    mutating func has(_ peer: PeerID, _ id: MessageID) {
        guard !deferred.isEmpty, deferred[id]?.peers.remove(peer) != nil else { return }
        statistics.spared += 1
    }
}
