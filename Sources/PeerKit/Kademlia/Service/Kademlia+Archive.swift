/// What outlives the process.
extension Kademlia {
    /// Changes are collected for so long and committed together: a commit costs a disk write each.
    static let flushInterval = Duration.seconds(2)

    /// Both clocks, now.
    var clock: ArchiveClock? {
        node.map {
            ArchiveClock(
                now: $0.runtime.clock.now, unixNanoseconds: $0.runtime.clock.unixNanoseconds)
        }
    }

    /// Something may have to be written down or forgotten later.
    func holdingsChanged() {
        guard let parts else { return }
        parts.meters.records.record(parts.holdings.records.count)
        parts.meters.providers.record(parts.holdings.providers.count)
        if !parts.holdings.journal.isEmpty { plan(.flush, in: Self.flushInterval) }
        if parts.holdings.records.count > 0 || parts.holdings.providers.count > 0 {
            plan(.sweep, in: configuration.refreshInterval)
        }
    }

    /// Commits what has changed.
    func flush() async {
        guard let batch = parts?.holdings.journal.take(), let store, !batch.isEmpty else { return }
        do {
            try await store.commit(batch)
        } catch {
            node?.log.warning("cannot write the hash table down", metadata: ["error": "\(error)"])
        }
    }

    /// Writes the whole table down, with when each peer was last of use.
    func journalTable() {
        guard let clock, let entries = parts?.table.entries else { return }
        for entry in entries {
            parts?.holdings.journal.put(
                KademliaArchive.encode(entry, clock), for: entry.peer.id.bytes,
                in: KademliaArchive.peers)
        }
    }

    /// Takes up what was written down; what has expired or cannot be read is dropped.
    func restore(_ node: PeerNode) async {
        do {
            let store = try await node.runtime.storage.openStore(KademliaArchive.store)
            self.store = store
            try await each(of: KademliaArchive.peers, in: store) { key, value, clock in
                guard let found = KademliaArchive.peer(value, clock), key == found.peer.id.bytes
                else { return false }
                _ = self.parts?.table.admit(
                    found.peer, from: found.address, lastUseful: found.lastUseful, at: clock.now)
                return self.parts?.table.entry(found.peer.id) != nil
            }
            try await each(of: KademliaArchive.records, in: store) { _, value, clock in
                guard let entry = KademliaArchive.record(value, clock), entry.expires > clock.now
                else { return false }
                return self.parts?.holdings.records.put(entry).isStored ?? false
            }
            try await each(of: KademliaArchive.providers, in: store) { _, value, clock in
                guard let found = KademliaArchive.provider(value, clock),
                    found.provider.expires > clock.now
                else { return false }
                return self.parts?.holdings.providers.add(found.provider, for: found.key)
                    .isStored ?? false
            }
            try await each(of: KademliaArchive.publications, in: store) { _, value, clock in
                guard let item = KademliaArchive.publication(value, clock) else { return false }
                _ = self.parts?.holdings.publications.set(item)
                return true
            }
            await flush()
            holdingsChanged()
            if let parts { parts.meters.peers.record(parts.table.count) }
        } catch {
            node.log.warning("cannot read the hash table", metadata: ["error": "\(error)"])
        }
    }

    /// Reads a table page by page; entries for which `body` answers `false` are removed.
    private func each(
        of table: StoreTable, in store: any KeyValueStore,
        _ body: ([UInt8], [UInt8], ArchiveClock) -> Bool
    ) async throws {
        guard let clock else { return }
        var last: [UInt8]?
        while true {
            let page = try await store.entries(
                prefix: [], after: last, limit: KademliaArchive.pageSize, in: table)
            for entry in page where !body(entry.key, entry.value, clock) {
                parts?.holdings.journal.remove(entry.key, in: table)
            }
            guard page.count == KademliaArchive.pageSize else { return }
            last = page.last?.key
        }
    }
}
