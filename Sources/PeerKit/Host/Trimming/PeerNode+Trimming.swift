/// Closing connections when there are too many.
extension PeerNode {
    /// Closes what is too much, unless that is being done already.
    func trimIfNeeded() {
        guard !isTrimming, trimming.isAbove(gate.withLockedValue { $0.count }) else { return }
        isTrimming = standingTasks.start(on: runtime.executors.home) { [weak self] in
            await self?.trim()
        }
    }

    /// Each round waits for the grace of a connection or for the pause between two trims, so it is
    /// no busy loop whatever comes in meanwhile.
    private func trim() async {
        defer { isTrimming = false }
        while !Task.isCancelled {
            let candidates = await trimCandidates()
            switch trimming.step(candidates, at: runtime.clock.now) {
            case .rest:
                return
            case .wait(let deadline):
                guard (try? await runtime.sleep(until: deadline)) != nil else { return }
            case .close(let victims):
                log.debug("trimming connections", metadata: ["peers": "\(victims.count)"])
                meters.trimmed.increment(by: victims.count)
                for peer in victims { await disconnect(peer) }
            }
        }
    }

    private func trimCandidates() async -> [TrimMachine.Candidate] {
        var list: [TrimMachine.Candidate] = []
        for (id, peer) in peers.sorted(by: { $0.key < $1.key }) {
            let connections = await peer.connectionList
            guard let opened = await peer.youngest, !connections.isEmpty else { continue }
            var streams = 0
            for connection in connections { streams += await connection.streamCount }
            let now = runtime.clock.now
            let (weight, isProtected) = tags.withLockedValue {
                ($0.weight(of: id, at: now), $0.isProtected(id))
            }
            list.append(
                TrimMachine.Candidate(
                    peer: id, connections: connections.count, streams: streams, weight: weight,
                    isProtected: isProtected, opened: opened))
        }
        return list
    }
}
