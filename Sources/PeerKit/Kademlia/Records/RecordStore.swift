/// The values this node holds for the network (kad-dht spec, "Content provider storage").
///
/// Bounded in number and bytes; the farthest keys give way. A value is forgotten when its time is
/// over: whoever wants it to last puts it again.
struct RecordStore: Sendable {
    struct Entry: Sendable, Hashable {
        var key: [UInt8]
        var value: [UInt8]
        /// By the wall clock, nanoseconds; informative.
        var received: UInt64
        var expires: Instant

        var byteCount: Int { key.count + value.count }
    }

    /// What has become of a value.
    struct Outcome: Sendable, Hashable {
        var isStored: Bool
        /// Keys that had to give way.
        var evicted: [KademliaKey] = []
    }

    private let maximumCount: Int
    private let maximumBytes: Int
    private var entries: ProximityStore<Entry>
    private(set) var byteCount = 0

    init(local: KademliaKey, limits: KademliaLimits) {
        entries = ProximityStore(local: local)
        maximumCount = max(1, limits.maximumRecords)
        maximumBytes = limits.maximumRecordBytes
    }

    var count: Int { entries.count }
    var all: [(key: KademliaKey, value: Entry)] { entries.all }

    /// The value of a key, if it has not expired.
    func entry(for key: [UInt8], at now: Instant) -> Entry? {
        guard let entry = entries[KademliaKey(hashing: key)], entry.expires > now else {
            return nil
        }
        return entry
    }

    /// Holds a value in place of the one before.
    mutating func put(_ entry: Entry) -> Outcome {
        let key = KademliaKey(hashing: entry.key)
        guard entry.byteCount <= maximumBytes else { return Outcome(isStored: false) }
        let isNew = entries[key] == nil
        if isNew, entries.count >= maximumCount, !entries.isNearerThanFarthest(key) {
            return Outcome(isStored: false)
        }
        if let old = entries.remove(key) { byteCount -= old.byteCount }
        var outcome = Outcome(isStored: true)
        while entries.count >= maximumCount || byteCount + entry.byteCount > maximumBytes {
            guard let farthest = entries.farthest else { break }
            guard entries.isNearerThanFarthest(key) else {
                outcome.isStored = false
                return outcome
            }
            remove(farthest)
            outcome.evicted.append(farthest)
        }
        entries.set(entry, for: key)
        byteCount += entry.byteCount
        return outcome
    }

    mutating func remove(_ key: KademliaKey) {
        if let old = entries.remove(key) { byteCount -= old.byteCount }
    }

    /// Forgets what has expired.
    mutating func expire(at now: Instant) -> [KademliaKey] {
        let expired = entries.all.filter { $0.value.expires <= now }.map(\.key)
        for key in expired { remove(key) }
        return expired
    }
}
