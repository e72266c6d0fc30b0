/// IDONTWANT (gossipsub v1.2): spares copies of large messages.
extension GossipSubMachine {
    /// Tells the mesh that a large message has come, before the application has validated it.
    mutating func sendDontWant(_ entry: PendingMessage) {
        guard entry.message.data.count >= parameters.iDontWantMessageThreshold else { return }
        let mesh = with(entry.message.topic) { topic, _ in topic.mesh } ?? []
        for peer in mesh where peer != entry.from && !entry.others.contains(peer) {
            guard peers[peer]?.version.hasDontWant ?? false else { continue }
            statistics.dontWants += 1
            tell(peer) { $0.dontWant.append(entry.id) }
        }
    }

    /// A peer has these already.
    mutating func receiveDontWant(_ ids: [MessageID], from peer: PeerID) {
        let parameters = parameters
        let limits = limits
        let dropped =
            peers[peer]?.dontWant(ids, in: tick, parameters: parameters, limits: limits) ?? 0
        for id in ids.prefix(parameters.maximumIDontWantLength) {
            has(peer, id)
            act(.withdraw(id, from: peer))
        }
        if dropped > 0 { reportExcess("\(dropped) IDONTWANT over the limit", by: peer) }
    }
}
