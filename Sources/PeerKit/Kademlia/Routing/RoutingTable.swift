/// The peers a node knows of, more of them the nearer they are: a bucket of k for every length of
/// common prefix.
///
/// Used by its owner on the home executor only, where its buckets live.
struct RoutingTable {
    let local: KademliaKey
    private let localPeer: PeerID
    private let capacity: Int
    private let diversity: AddressDiversity
    private let executor: any RuntimeExecutor
    /// By length of the common prefix; made at first need.
    private var buckets: [Bucket?] = Array(repeating: nil, count: KademliaKey.bitCount + 1)
    private var groups: [NetworkGroup: Int] = [:]
    /// Peers in all buckets.
    private(set) var count = 0

    init(
        local: PeerID, capacity: Int, diversity: AddressDiversity, executor: any RuntimeExecutor
    ) {
        localPeer = local
        self.local = KademliaKey(local)
        self.capacity = capacity
        self.diversity = diversity
        self.executor = executor
    }

    /// Length of the common prefix of the nearest peer; `nil` for an empty table.
    var deepest: Int? {
        buckets.lastIndex { $0?.assumeIsolated { !$0.machine.entries.isEmpty } ?? false }
    }

    func prefixLength(of peer: PeerID) -> Int {
        KademliaKey(peer).commonPrefixLength(with: local)
    }

    // MARK: Changes

    /// A peer has proven itself: it answered, and identify shows the protocol.
    ///
    /// - Parameter address: Where its connection comes from or goes to.
    mutating func admit(
        _ peer: KademliaPeer, from address: IPAddress?, lastUseful: Instant, at now: Instant
    ) -> BucketMachine.Admission {
        guard peer.id != localPeer else { return .refused }
        let bucket = bucket(prefixLength(of: peer.id))
        let group = diversity.group(of: address)
        let entry = BucketMachine.Entry(
            peer: peer, group: group, address: address, added: now, lastUseful: lastUseful)
        let isOpen = openGroups
        let admission = bucket.assumeIsolated {
            $0.machine.admit(entry, at: now, isOpen: isOpen)
        }
        if admission == .added { account(entry, 1) }
        return admission
    }

    func markUseful(_ peer: PeerID, at now: Instant) {
        buckets[prefixLength(of: peer)]?.assumeIsolated { $0.machine.markUseful(peer, at: now) }
    }

    func update(_ peer: KademliaPeer) {
        buckets[prefixLength(of: peer.id)]?.assumeIsolated { $0.machine.update(peer) }
    }

    /// A peer has not answered.
    mutating func fail(
        _ peer: PeerID, _ failure: BucketMachine.Failure, at now: Instant
    ) -> BucketMachine.Removal? {
        let isOpen = openGroups
        let removal = buckets[prefixLength(of: peer)]?.assumeIsolated {
            $0.machine.fail(peer, failure, at: now, isOpen: isOpen)
        }
        guard let removal = removal ?? nil else { return nil }
        account(removal.removed, -1)
        if let promoted = removal.promoted { account(promoted, 1) }
        return removal
    }

    private mutating func account(_ entry: BucketMachine.Entry, _ change: Int) {
        count += change
        guard let group = entry.group else { return }
        let number = groups[group, default: 0] + change
        groups[group] = number > 0 ? number : nil
    }

    private var openGroups: @Sendable (NetworkGroup) -> Bool {
        let (groups, limit) = (groups, diversity.maximumPerTable)
        return { groups[$0, default: 0] < limit }
    }

    private mutating func bucket(_ prefixLength: Int) -> Bucket {
        if let bucket = buckets[prefixLength] { return bucket }
        let bucket = Bucket(
            prefixLength: prefixLength,
            machine: BucketMachine(capacity: capacity, diversity: diversity), executor: executor)
        buckets[prefixLength] = bucket
        return bucket
    }

    // MARK: Views

    func entry(_ peer: PeerID) -> BucketMachine.Entry? {
        buckets[prefixLength(of: peer)]?.assumeIsolated { $0.machine.entries[peer] }
    }

    /// Whether a peer would have a place, or a better claim to one than somebody who is stale.
    func hasUse(for peer: PeerID) -> Bool {
        guard let bucket = buckets[prefixLength(of: peer)] else { return true }
        return bucket.assumeIsolated { bucket in
            bucket.machine.entries[peer] == nil
                && (bucket.machine.entries.count < capacity
                    || bucket.machine.replacements[peer] == nil)
        }
    }

    /// The peers nearest to a key, the nearest first.
    ///
    /// - Complexity: Sorts about as many as are asked for: the bucket of the key's own prefix holds
    ///   the nearest, those beyond it the next, those before it each a farther range.
    func closestPeers(
        to key: KademliaKey, count: Int, excluding excluded: PeerID? = nil
    ) -> [KademliaPeer] {
        let own = key.commonPrefixLength(with: local)
        var found: [KademliaPeer] = []
        func append(_ range: some Sequence<Int>) {
            var part: [(distance: KademliaKey, peer: KademliaPeer)] = []
            for index in range {
                guard let bucket = buckets[index] else { continue }
                for entry in bucket.assumeIsolated({ $0.machine.entries.values })
                where entry.peer.id != excluded {
                    part.append((entry.key.distance(to: key), entry.peer))
                }
            }
            part.sort { $0.distance < $1.distance }
            found += part.prefix(count - found.count).map(\.peer)
        }
        append(CollectionOfOne(own))
        if found.count < count { append((own + 1)..<buckets.count) }
        for index in (0..<own).reversed() where found.count < count {
            append(CollectionOfOne(index))
        }
        return found
    }

    /// All entries, bucket by bucket.
    var entries: [BucketMachine.Entry] {
        buckets.flatMap { bucket in
            bucket?.assumeIsolated { Array($0.machine.entries.values) } ?? []
        }
    }

    // MARK: Refreshing

    /// The key space near `key` has been looked up.
    func markRefreshed(_ key: KademliaKey, at now: Instant) {
        buckets[key.commonPrefixLength(with: local)]?.assumeIsolated { $0.lastRefreshed = now }
    }

    /// Prefix lengths that have not been looked up for `interval`, up to the deepest in use.
    func stalePrefixes(at now: Instant, interval: Duration) -> [Int] {
        guard let deepest else { return [] }
        return (0...min(deepest, KademliaLimits.maximumRefreshedPrefix)).filter { index in
            let last = buckets[index]?.assumeIsolated { $0.lastRefreshed }
            guard let last = last ?? nil else { return true }
            return last.duration(to: now) >= interval
        }
    }

    /// The buckets that hold anything.
    func snapshot(at now: Instant) -> [BucketSnapshot] {
        buckets.compactMap { bucket in
            bucket?.assumeIsolated { bucket -> BucketSnapshot? in
                guard !bucket.machine.entries.isEmpty || !bucket.machine.replacements.isEmpty else {
                    return nil
                }
                return BucketSnapshot(
                    prefixLength: bucket.prefixLength,
                    peers: bucket.machine.entries.values.map { entry in
                        BucketSnapshot.Peer(
                            id: entry.peer.id, addresses: entry.peer.addresses,
                            sinceUseful: entry.lastUseful.duration(to: now),
                            failures: entry.failures)
                    },
                    replacements: bucket.machine.replacements.count,
                    sinceRefreshed: bucket.lastRefreshed?.duration(to: now))
            } ?? nil
        }
    }
}

/// One bucket at one moment.
public struct BucketSnapshot: Hashable, Sendable, Codable {
    /// A peer of the bucket.
    public struct Peer: Hashable, Sendable, Codable {
        /// Who.
        public var id: PeerID
        /// Where it listens.
        public var addresses: [Multiaddr]
        /// How long ago it answered.
        public var sinceUseful: Duration
        /// Requests in a row that it has not answered.
        public var failures: Int
    }

    /// Leading bits that the keys of its peers share with this node's.
    public var prefixLength: Int
    /// The one longest unheard of first.
    public var peers: [Peer]
    /// Peers in reserve.
    public var replacements: Int
    /// How long ago the range was looked up; `nil`: never.
    public var sinceRefreshed: Duration?
}
