import Collections

/// Who says that it has which content (kad-dht spec, "Content provider advertisement").
///
/// Bounded by providers of a key, keys of a provider, keys and records in all. Of one key's
/// providers the one announced longest ago gives way; of the keys the farthest.
struct ProviderStore: Sendable {
    struct Provider: Sendable, Hashable {
        var peer: KademliaPeer
        var expires: Instant
    }

    struct Holding: Sendable, Hashable {
        /// The bytes that are asked for: a multihash.
        var key: [UInt8]
        /// Announced longest ago first.
        var providers: OrderedDictionary<PeerID, Provider>
    }

    /// A record that is gone.
    struct Position: Sendable, Hashable {
        var key: KademliaKey
        var provider: PeerID
    }

    struct Outcome: Sendable, Hashable {
        var isStored: Bool
        var evicted: [Position] = []
    }

    private let limits: KademliaLimits
    private var holdings: ProximityStore<Holding>
    private var keysByProvider: [PeerID: Int] = [:]
    /// Records in all.
    private(set) var count = 0

    init(local: KademliaKey, limits: KademliaLimits) {
        holdings = ProximityStore(local: local)
        self.limits = limits
    }

    var keyCount: Int { holdings.count }
    var all: [(key: KademliaKey, value: Holding)] { holdings.all }

    /// Who provides a key, announced last first.
    func providers(of key: [UInt8], at now: Instant) -> [KademliaPeer] {
        guard let holding = holdings[KademliaKey(hashing: key)] else { return [] }
        return holding.providers.values.reversed().filter { $0.expires > now }.map(\.peer)
    }

    /// A peer says that it has a content.
    mutating func add(_ provider: Provider, for key: [UInt8]) -> Outcome {
        let point = KademliaKey(hashing: key)
        let id = provider.peer.id
        var holding = holdings[point] ?? Holding(key: key, providers: [:])
        var outcome = Outcome(isStored: true)
        if holding.providers.removeValue(forKey: id) != nil {
            holding.providers[id] = provider
            holdings.set(holding, for: point)
            return outcome
        }
        guard keysByProvider[id, default: 0] < limits.maximumKeysPerProvider else {
            return Outcome(isStored: false)
        }
        if holding.providers.isEmpty {
            if holdings.count >= limits.maximumProviderKeys {
                guard holdings.isNearerThanFarthest(point), let farthest = holdings.farthest else {
                    return Outcome(isStored: false)
                }
                outcome.evicted += removeAll(of: farthest)
            }
        } else if holding.providers.count >= limits.maximumProvidersPerKey,
            let oldest = holding.providers.keys.first
        {
            holding.providers.removeFirst()
            holdings.set(holding, for: point)
            uncount(oldest)
            outcome.evicted.append(Position(key: point, provider: oldest))
        }
        if count >= limits.maximumProviderRecords {
            guard let farthest = holdings.farthest, holdings.isNearerThanFarthest(point) else {
                outcome.isStored = false
                return outcome
            }
            outcome.evicted += removeAll(of: farthest)
        }
        holding.providers[id] = provider
        holdings.set(holding, for: point)
        keysByProvider[id, default: 0] += 1
        count += 1
        return outcome
    }

    /// Forgets what has expired.
    mutating func expire(at now: Instant) -> [Position] {
        var gone: [Position] = []
        for (key, holding) in holdings.all {
            let expired = holding.providers.filter { $0.value.expires <= now }.keys
            guard !expired.isEmpty else { continue }
            var rest = holding
            for id in expired {
                rest.providers.removeValue(forKey: id)
                uncount(id)
                gone.append(Position(key: key, provider: id))
            }
            if rest.providers.isEmpty { holdings.remove(key) } else { holdings.set(rest, for: key) }
        }
        return gone
    }

    private mutating func removeAll(of key: KademliaKey) -> [Position] {
        guard let holding = holdings.remove(key) else { return [] }
        return holding.providers.keys.map { id in
            uncount(id)
            return Position(key: key, provider: id)
        }
    }

    private mutating func uncount(_ id: PeerID) {
        count -= 1
        let number = keysByProvider[id, default: 0] - 1
        keysByProvider[id] = number > 0 ? number : nil
    }
}
