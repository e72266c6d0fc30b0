import Collections

/// The peers at one range of distances: at most k, and some more in reserve.
///
/// Rules (kad-dht spec, "Kademlia routing table"; Maymounkov and Mazières 2002, §2.2 and §4.1):
/// - Peers stand in the order of when they were last of use, as those that have been up long are the
///   likeliest to stay up.
/// - A newcomer never displaces a peer that works: when the bucket is full it goes to the
///   replacement cache, and the peer longest unheard of is checked.
/// - A peer that fails goes, and the latest replacement takes its place. One lost answer is
///   forgiven while there is nobody to replace the peer.
/// - Of one group of addresses only a few are admitted.
struct BucketMachine: Sendable {
    struct Entry: Sendable, Hashable {
        var peer: KademliaPeer
        /// Where it stands; kept, as it is needed for every request that is served.
        let key: KademliaKey
        /// The group that counts for the proven address of its connection.
        var group: NetworkGroup?
        /// That address, for the archive.
        var address: IPAddress?
        let added: Instant
        /// When it last answered.
        var lastUseful: Instant
        var failures = 0

        init(
            peer: KademliaPeer, group: NetworkGroup?, address: IPAddress?, added: Instant,
            lastUseful: Instant
        ) {
            self.peer = peer
            key = KademliaKey(peer.id)
            self.group = group
            self.address = address
            self.added = added
            self.lastUseful = lastUseful
        }
    }

    enum Admission: Sendable, Hashable {
        case added
        /// It was there already.
        case updated
        /// The bucket is full; the peer named is to be checked, and gives way if it fails.
        case cached(check: PeerID?)
        /// The group has its share.
        case refused
    }

    struct Removal: Sendable, Hashable {
        var removed: Entry
        /// Who has taken its place.
        var promoted: Entry?
    }

    /// How bad a failure is.
    enum Failure: Sendable, Hashable {
        /// It may have been the network.
        case transient
        /// It is gone, or does not speak the protocol any more.
        case final
    }

    /// A peer heard of so lately is not checked.
    static let freshness = Duration.seconds(60)
    /// Lost answers in a row that are forgiven without a replacement.
    static let toleratedFailures = 2

    let capacity: Int
    private let diversity: AddressDiversity
    /// Longest unheard of first.
    private(set) var entries: OrderedDictionary<PeerID, Entry> = [:]
    /// Latest last.
    private(set) var replacements: OrderedDictionary<PeerID, Entry> = [:]
    /// Who is being checked.
    private(set) var checking: PeerID?

    init(capacity: Int, diversity: AddressDiversity) {
        self.capacity = capacity
        self.diversity = diversity
    }

    /// A peer that has proven itself wants in.
    ///
    /// - Parameter isOpen: Whether the table has room for the peer's group.
    mutating func admit(
        _ entry: Entry, at now: Instant, isOpen: (NetworkGroup) -> Bool
    ) -> Admission {
        let id = entry.peer.id
        if entries[id] != nil {
            update(entry.peer)
            markUseful(id, at: now)
            return .updated
        }
        if let group = entry.group, !isOpen(group) || !hasRoom(for: group) { return .refused }
        if entries.count < capacity {
            replacements.removeValue(forKey: id)
            entries[id] = entry
            return .added
        }
        replacements.removeValue(forKey: id)
        if replacements.count >= capacity { replacements.removeFirst() }
        replacements[id] = entry
        return .cached(check: nextCheck(at: now))
    }

    private func hasRoom(for group: NetworkGroup) -> Bool {
        entries.values.reduce(0) { $0 + ($1.group == group ? 1 : 0) } < diversity.maximumPerBucket
    }

    /// The peer longest unheard of, if that is long ago and nobody is being checked.
    private mutating func nextCheck(at now: Instant) -> PeerID? {
        guard checking == nil, let oldest = entries.values.first,
            oldest.lastUseful.duration(to: now) >= Self.freshness
        else { return nil }
        checking = oldest.peer.id
        return oldest.peer.id
    }

    /// A peer has answered.
    mutating func markUseful(_ id: PeerID, at now: Instant) {
        guard var entry = entries.removeValue(forKey: id) else { return }
        entry.lastUseful = max(entry.lastUseful, now)
        entry.failures = 0
        entries[id] = entry
        if checking == id { checking = nil }
    }

    /// A peer has said where it listens now.
    mutating func update(_ peer: KademliaPeer) {
        guard !peer.addresses.isEmpty else { return }
        entries[peer.id]?.peer.addresses = peer.addresses
        replacements[peer.id]?.peer.addresses = peer.addresses
    }

    /// A peer has not answered.
    mutating func fail(
        _ id: PeerID, _ failure: Failure, at now: Instant, isOpen: (NetworkGroup) -> Bool
    ) -> Removal? {
        replacements.removeValue(forKey: id)
        if checking == id { checking = nil }
        guard var entry = entries[id] else { return nil }
        entry.failures += 1
        entries[id] = entry
        let isForgiven =
            failure == .transient && replacements.isEmpty
            && entry.failures <= Self.toleratedFailures
        guard !isForgiven else { return nil }
        entries.removeValue(forKey: id)
        return Removal(removed: entry, promoted: promote(isOpen))
    }

    private mutating func promote(_ isOpen: (NetworkGroup) -> Bool) -> Entry? {
        while let latest = replacements.popLast() {
            if let group = latest.value.group, !isOpen(group) || !hasRoom(for: group) { continue }
            // It has not been heard of since it was put aside: first in line to be checked.
            entries.updateValue(latest.value, forKey: latest.key, insertingAt: 0)
            return latest.value
        }
        return nil
    }
}

extension OrderedDictionary {
    fileprivate mutating func popLast() -> Element? { isEmpty ? nil : removeLast() }
}
