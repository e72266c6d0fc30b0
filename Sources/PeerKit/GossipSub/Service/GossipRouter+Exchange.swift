import Collections

/// Connecting to peers that others have offered, and to explicit ones.
extension GossipRouter {
    func exchange(_ offer: GossipRPC.ExchangedPeer) {
        exchanges.add(offer, limits: limits)
        startExchanges()
    }

    private func startExchanges() {
        while let offer = exchanges.next(limits: limits) {
            let isStarted = tasks.start(on: executor) { [weak self] in
                await self?.connect(to: offer)
                await self?.exchangeEnded()
            }
            if !isStarted { exchanges.ended() }
        }
    }

    private func exchangeEnded() {
        exchanges.ended()
        startExchanges()
    }

    private func connect(to offer: GossipRPC.ExchangedPeer) async {
        guard let node, !isConnected(to: offer.id) else { return }
        if let bytes = offer.signedRecord {
            do throws(PeerRecordError) {
                let record = try PeerRecord.open(bytes)
                guard record.peerID == offer.id else { return }
                await node.learn(offer.id, at: record.addresses, source: "gossipsub")
            } catch {
                log.debug("peer exchange", metadata: ["error": "\(error)"])
                return
            }
        }
        // Without a record: to where we know the peer from elsewhere, if we do.
        try? await node.connect(to: offer.id)
    }

    func connectExplicit(_ peer: PeerID) {
        exchange(GossipRPC.ExchangedPeer(id: peer, signedRecord: nil))
    }

    /// Adds the records that peers have signed to those offered in a PRUNE.
    func withSignedRecords(_ rpc: GossipRPC) -> GossipRPC {
        guard let node, rpc.prune.contains(where: { !$0.peers.isEmpty }) else { return rpc }
        var rpc = rpc
        for index in rpc.prune.indices {
            for number in rpc.prune[index].peers.indices {
                let peer = rpc.prune[index].peers[number].id
                rpc.prune[index].peers[number].signedRecord =
                    node.assumeIsolated { $0.identity(of: peer)?.signedRecord }
            }
        }
        return rpc
    }
}

/// Offers that wait to be dialled, within the limits.
struct ExchangeQueue: Sendable {
    private var waiting: Deque<GossipRPC.ExchangedPeer> = []
    private var running = 0

    var waitingCount: Int { waiting.count }

    mutating func add(_ offer: GossipRPC.ExchangedPeer, limits: GossipSubLimits) {
        guard waiting.count < limits.maximumWaitingExchanges,
            !waiting.contains(where: { $0.id == offer.id })
        else { return }
        waiting.append(offer)
    }

    mutating func next(limits: GossipSubLimits) -> GossipRPC.ExchangedPeer? {
        guard running < limits.maximumExchangeDials, let first = waiting.popFirst() else {
            return nil
        }
        running += 1
        return first
    }

    mutating func ended() { running -= 1 }
}
