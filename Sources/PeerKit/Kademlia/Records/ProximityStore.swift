/// Values by key, at most so many; when it is full the key farthest from this node gives way.
///
/// Others hold what is far from here, so that is what is lost least. And whoever wants to push
/// something out has to search for keys that are nearer, bit by bit at twice the cost.
struct ProximityStore<Value: Sendable>: Sendable {
    private let local: KademliaKey
    private var values: [KademliaKey: Value] = [:]
    /// Distances of all keys, ascending.
    private var distances: [KademliaKey] = []

    init(local: KademliaKey) { self.local = local }

    var count: Int { distances.count }

    subscript(key: KademliaKey) -> Value? { values[key] }

    /// The key farthest from this node.
    var farthest: KademliaKey? { distances.last.map { $0.distance(to: local) } }

    /// Whether `key` would stay if the farthest had to go.
    func isNearerThanFarthest(_ key: KademliaKey) -> Bool {
        guard let last = distances.last else { return true }
        return key.distance(to: local) < last
    }

    mutating func set(_ value: Value, for key: KademliaKey) {
        if values.updateValue(value, forKey: key) == nil {
            let distance = key.distance(to: local)
            distances.insert(distance, at: position(of: distance))
        }
    }

    @discardableResult
    mutating func remove(_ key: KademliaKey) -> Value? {
        guard let value = values.removeValue(forKey: key) else { return nil }
        distances.remove(at: position(of: key.distance(to: local)))
        return value
    }

    /// Everything, the nearest first.
    var all: [(key: KademliaKey, value: Value)] {
        distances.compactMap { distance in
            let key = distance.distance(to: local)
            return values[key].map { (key, $0) }
        }
    }

    private func position(of distance: KademliaKey) -> Int {
        distances.firstIndex(notBefore: { $0 < distance })
    }
}
