/// Who enters the table, and who leaves it.
///
/// A peer enters when it has answered a request and identify has shown that it serves the protocol.
/// It leaves when it fails. What others say of it plays no part.
extension Kademlia {
    /// A peer has told who it is and what it speaks.
    func identified(_ peer: PeerID, _ info: IdentifyInfo) {
        guard let parts, let node else { return }
        guard info.protocols.contains(configuration.protocolID) else {
            if parts.table.entry(peer) != nil { drop(peer, .final) }
            return
        }
        if parts.table.entry(peer) != nil {
            parts.table.update(known(peer, node))
            journal(peer)
        } else if self.parts?.checks.takeProof(of: peer) == true {
            admit(peer)
        } else if parts.table.hasUse(for: peer) {
            check(peer)
        }
    }

    /// A peer has answered a request.
    func answered(_ peer: PeerID) {
        guard let parts, let node else { return }
        if parts.table.entry(peer) != nil {
            parts.table.markUseful(peer, at: node.runtime.clock.now)
        } else if let info = node.view.identity(of: peer) {
            if info.protocols.contains(configuration.protocolID) { admit(peer) }
        } else {
            self.parts?.checks.prove(peer)
        }
    }

    /// A request to a peer has failed.
    func failed(_ peer: PeerID, _ error: RequestError) {
        switch error {
        case .garbage(let detail): accuse(.protocolViolation, detail, by: peer)
        case .timedOut: accuse(.unresponsive, "took a request and did not answer", by: peer)
        default: break
        }
        if let failure = error.tableFailure { drop(peer, failure) }
    }

    /// Where a connected peer is, as far as this node has seen.
    private func known(_ peer: PeerID, _ node: PeerNode) -> KademliaPeer {
        KademliaPeer(id: peer, addresses: node.view.addresses(of: peer))
    }

    private func admit(_ peer: PeerID) {
        guard let node else { return }
        let entry = known(peer, node)
        guard !entry.addresses.isEmpty else { return }
        let remote = node.view.remoteAddress(of: peer)
        let now = node.runtime.clock.now
        switch parts?.table.admit(entry, from: remote, lastUseful: now, at: now) {
        case .added:
            entered(peer)
        case .cached(check: let stale?):
            check(stale)
        case .updated, .cached(check: nil), .refused, nil:
            break
        }
    }

    private func entered(_ peer: PeerID) {
        guard let parts, let node else { return }
        parts.meters.peers.record(parts.table.count)
        // The nearer a peer, the fewer there are to take its place.
        node.tag(peer, as: "kad", weight: 1 + min(parts.table.prefixLength(of: peer), 9))
        journal(peer)
        // One's place is found with some peers at hand, and again when there are more.
        let count = parts.table.count
        if count < configuration.bucketSize, count.nonzeroBitCount == 1 {
            plan(.join, in: .seconds(1))
        }
    }

    private func drop(_ peer: PeerID, _ failure: BucketMachine.Failure) {
        guard let node else { return }
        let removal = parts?.table.fail(peer, failure, at: node.runtime.clock.now)
        guard let removal = removal ?? nil, let parts else { return }
        parts.meters.peers.record(parts.table.count)
        node.tag(peer, as: "kad", weight: 0)
        self.parts?.holdings.journal.remove(peer.bytes, in: KademliaArchive.peers)
        holdingsChanged()
        if let promoted = removal.promoted { entered(promoted.peer.id) }
        if parts.table.count == 0 { plan(.contact, in: .seconds(1)) }
    }

    /// Reports something that a peer has done wrong.
    func accuse(_ kind: PeerFault.Kind, _ detail: String, by peer: PeerID) {
        counts.faults[kind.rawValue, default: 0] += 1
        node?.report(PeerFault(kind, in: configuration.protocolID, detail), by: peer)
    }

    // MARK: Checks

    /// Has a peer asked whether it answers.
    private func check(_ peer: PeerID) {
        let limits = configuration.limits
        parts?.checks.add(peer, limit: limits.maximumWaitingChecks)
        startChecks()
    }

    private func startChecks() {
        let limit = configuration.limits.maximumChecks
        while let peer = parts?.checks.next(limit: limit) {
            let isStarted = tasks.start(on: home.executor) { [weak self] in
                await self?.runCheck(of: peer)
            }
            if !isStarted { parts?.checks.end(peer) }
        }
    }

    private func runCheck(of peer: PeerID) async {
        guard let client = parts?.client, let node else { return }
        let target = parts?.table.entry(peer)?.peer ?? known(peer, node)
        // Asked for the neighbours of this node, which a peer that works always has some of.
        let request = KademliaMessage(kind: .findNode, key: node.peerID.bytes)
        switch await client.ask(request, of: target) {
        case .success: answered(peer)
        case .failure(let error): failed(peer, error)
        }
        parts?.checks.end(peer)
        startChecks()
    }

    // MARK: Writing down

    /// Writes an entry of the table down with the next batch.
    private func journal(_ peer: PeerID) {
        guard let clock, let entry = parts?.table.entry(peer) else { return }
        parts?.holdings.journal.put(
            KademliaArchive.encode(entry, clock), for: peer.bytes, in: KademliaArchive.peers)
        holdingsChanged()
    }
}
