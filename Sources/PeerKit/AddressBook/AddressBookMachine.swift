import Collections

/// The address book without I/O: what is believed, what is kept, what has to be written.
///
/// Rules:
/// - A peer's signed record counts for more than hearsay, and a newer one replaces an older one,
///   never the other way round.
/// - Peers that this node has reached and peers that it has only heard of have separate room, so
///   that inventing peers drives out none that works.
/// - Whoever promises least goes first: strangers by when they were last heard of, others by
///   ``AddressBookEntry/promise``.
///
/// Times are seconds since 1970. A clock that jumps makes entries look older or younger than they
/// are; nothing else depends on it.
struct AddressBookMachine: Sendable {
    /// What became of a signed record.
    enum Certification: Sendable, Hashable {
        /// It is now the peer's record.
        case stored
        /// The book has it already.
        case known
        /// The book has a newer one. `isReplay`: that one is known for long, so this one was not
        /// merely overtaken on its way.
        case outdated(isReplay: Bool)
        /// The peer has signed two different records under one sequence number.
        case equivocation
        /// Longer than the limit; its addresses were taken as hearsay.
        case tooLong
    }

    private let limits: AddressBookLimits
    private let localPeer: PeerID
    private(set) var entries: OrderedDictionary<PeerID, AddressBookEntry> = [:]
    private(set) var strangerCount = 0
    private(set) var evictions = 0
    /// Peers with which a connection stands: they are not evicted.
    private var connected: Set<PeerID> = []
    /// Peers whose entry differs from what is on disk, in the order in which they changed.
    private var dirty: OrderedSet<PeerID> = []

    init(localPeer: PeerID, limits: AddressBookLimits) {
        self.localPeer = localPeer
        self.limits = limits
    }

    // MARK: Learning

    /// A peer was heard of at addresses that nobody has signed.
    mutating func heard(_ peer: PeerID, at addresses: [Multiaddr], now: UInt64) {
        guard peer != localPeer, !addresses.isEmpty else { return }
        change(peer, now: now) { entry, limits in
            let expiry = now &+ limits.uncertifiedLifetime.wholeSeconds
            for address in addresses.prefix(limits.maximumAddressesPerPeer) {
                let bare = address.withoutPeerID
                guard bare.tcpDialTarget != nil,
                    entry.certificate?.addresses.contains(bare) != true
                else { continue }
                entry.uncertified.removeValue(forKey: bare)
                entry.uncertified[bare] = expiry
            }
            while entry.uncertified.count > limits.maximumAddressesPerPeer {
                entry.uncertified.removeFirst()
            }
        }
    }

    /// A record came whose signature has been checked.
    mutating func certify(
        _ record: PeerRecord, envelope: [UInt8], now: UInt64
    ) -> Certification {
        guard record.peerID != localPeer else { return .known }
        guard envelope.count <= limits.maximumRecordBytes else {
            heard(record.peerID, at: record.addresses, now: now)
            return .tooLong
        }
        let addresses = Array(record.addresses.prefix(limits.maximumAddressesPerPeer))
        if let known = entries[record.peerID]?.certificate {
            if record.sequence < known.sequence {
                let age = now > known.learned ? now - known.learned : 0
                return .outdated(isReplay: age > limits.overtakingGrace.wholeSeconds)
            }
            if record.sequence == known.sequence {
                return addresses == known.addresses ? .known : .equivocation
            }
        }
        change(record.peerID, now: now) { entry, _ in
            entry.certificate = .init(
                sequence: record.sequence, addresses: addresses, envelope: envelope, learned: now)
            for address in addresses { entry.uncertified.removeValue(forKey: address) }
        }
        return .stored
    }

    /// The peer was reached, at `address` if it was this node that dialled.
    mutating func succeeded(_ peer: PeerID, at address: Multiaddr?, now: UInt64) {
        guard peer != localPeer else { return }
        // Out of the strangers' room first, in case the other is full.
        change(peer, now: now, isProof: true) { entry, _ in
            entry.successes &+= 1
            entry.failuresInARow = 0
            entry.lastSuccess = max(now, 1)
            if let address { entry.worked = address.withoutPeerID }
        }
    }

    /// A dial of the peer has failed at every address.
    mutating func failed(_ peer: PeerID, now: UInt64) {
        guard entries[peer] != nil, !connected.contains(peer) else { return }
        change(peer, now: now, isSeen: false) { entry, _ in
            entry.failures &+= 1
            entry.failuresInARow &+= 1
            entry.lastFailure = now
        }
    }

    /// The first connection with a peer stands, or the last one has ended.
    mutating func setConnected(_ peer: PeerID, _ isConnected: Bool, now: UInt64) {
        if isConnected { connected.insert(peer) } else { connected.remove(peer) }
        if entries[peer] != nil { change(peer, now: now) { _, _ in } }
    }

    /// Takes over an entry from disk.
    mutating func restore(_ entry: AddressBookEntry, of peer: PeerID, now: UInt64) {
        guard peer != localPeer, entries[peer] == nil, !isOver(entry, now) else {
            return markDirty(peer)
        }
        guard makeRoom(forStranger: entry.isStranger) else { return markDirty(peer) }
        entries[peer] = entry
        if entry.isStranger { strangerCount += 1 }
    }

    /// Forgets a peer.
    mutating func forget(_ peer: PeerID) {
        guard let entry = entries.removeValue(forKey: peer) else { return }
        if entry.isStranger { strangerCount -= 1 }
        markDirty(peer)
    }

    /// Forgets who has not been heard of for too long.
    mutating func expire(now: UInt64) {
        let over = entries.filter { !connected.contains($0.key) && isOver($0.value, now) }.keys
        for peer in over { forget(peer) }
    }

    // MARK: Asking

    /// Peers without connection that a dial promises most, best first.
    func best(_ count: Int, now: UInt64) -> [KnownPeer] {
        let candidates = entries.filter { peer, entry in
            !connected.contains(peer) && !entry.addresses(at: now).isEmpty
        }
        return candidates.sorted { a, b in
            (a.value.promise, a.value.lastSeen, b.key) > (b.value.promise, b.value.lastSeen, a.key)
        }.prefix(max(0, count)).map { known($0.key, $0.value, now) }
    }

    /// A random choice among the peers that can be recommended: reached lately, with a signed
    /// record, no dial failed since.
    func sample(
        _ count: Int, now: UInt64, using generator: inout some RandomNumberGenerator,
        where isWanted: (PeerID, [Multiaddr]) -> Bool = { _, _ in true }
    ) -> [KnownPeer] {
        let horizon = limits.recommendationLifetime.wholeSeconds
        var candidates = entries.keys.filter { peer in
            guard let entry = entries[peer], let certificate = entry.certificate else {
                return false
            }
            let age = now > entry.lastSuccess ? now - entry.lastSuccess : 0
            let isFresh = connected.contains(peer) || age <= horizon
            return !entry.isStranger && entry.failuresInARow == 0 && isFresh
                && isWanted(peer, certificate.addresses)
        }
        var chosen: [KnownPeer] = []
        while chosen.count < count, !candidates.isEmpty {
            let index = Int.random(in: candidates.indices, using: &generator)
            candidates.swapAt(index, candidates.count - 1)
            let peer = candidates.removeLast()
            if let entry = entries[peer] { chosen.append(known(peer, entry, now)) }
        }
        return chosen
    }

    private func known(_ peer: PeerID, _ entry: AddressBookEntry, _ now: UInt64) -> KnownPeer {
        KnownPeer(
            id: peer, addresses: entry.addresses(at: now),
            signedRecord: entry.certificate?.envelope)
    }

    // MARK: Writing

    /// Whether something has to be written.
    var hasChanges: Bool { !dirty.isEmpty }

    /// What has to be written next: entries, or `nil` for one that is to be removed.
    mutating func takeChanges() -> [(peer: PeerID, entry: AddressBookEntry?)] {
        let changed = dirty.prefix(limits.maximumBatchEntries).map { ($0, entries[$0]) }
        dirty.removeFirst(changed.count)
        return changed
    }

    /// Says that what was taken could not be written.
    mutating func markDirty(_ peers: some Sequence<PeerID>) {
        for peer in peers { markDirty(peer) }
    }

    // MARK: Room

    private mutating func markDirty(_ peer: PeerID) {
        dirty.append(peer)
        // Entries that came and went while the disk was stuck need no removal from it twice.
        if dirty.count > 2 * limits.maximumPeers { dirty.removeFirst() }
    }

    private mutating func change(
        _ peer: PeerID, now: UInt64, isProof: Bool = false, isSeen: Bool = true,
        _ body: (inout AddressBookEntry, AddressBookLimits) -> Void
    ) {
        if entries[peer] == nil {
            guard makeRoom(forStranger: !isProof) else { return }
            entries[peer] = AddressBookEntry()
            strangerCount += 1
        }
        guard var entry = entries[peer] else { return }
        let wasStranger = entry.isStranger
        body(&entry, limits)
        if isSeen { entry.lastSeen = max(entry.lastSeen, now) }
        entries[peer] = entry
        if wasStranger, !entry.isStranger { strangerCount -= 1 }
        markDirty(peer)
    }

    /// Makes room for one more peer.
    private mutating func makeRoom(forStranger isStranger: Bool) -> Bool {
        let areStrangersFull = isStranger && strangerCount >= limits.maximumStrangers
        guard areStrangersFull || entries.count >= limits.maximumPeers else { return true }
        // Strangers first; somebody known to work goes only for somebody else of that kind.
        guard let victim = weakest(amongStrangers: strangerCount > 0),
            isStranger == false
                || strangerCount > 0
        else { return false }
        evictions += 1
        forget(victim)
        return true
    }

    private func weakest(amongStrangers: Bool) -> PeerID? {
        entries.lazy.filter { peer, entry in
            entry.isStranger == amongStrangers && !connected.contains(peer)
        }.min { a, b in
            (a.value.promise, a.value.lastSeen, a.key) < (b.value.promise, b.value.lastSeen, b.key)
        }?.key
    }

    private func isOver(_ entry: AddressBookEntry, _ now: UInt64) -> Bool {
        let lifetime = entry.isStranger ? limits.strangerLifetime : limits.peerLifetime
        return now > entry.lastSeen && now - entry.lastSeen > lifetime.wholeSeconds
    }
}
