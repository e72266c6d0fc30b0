/// One table of a ``MemoryStore``: keys in ascending bytewise order beside their values.
///
/// Two sorted arrays rather than a tree: simulated stores hold thousands of entries, where moving
/// references in an array is cheaper than anything cleverer.
struct MemoryTable: Hashable, Sendable {
    private var keys: [[UInt8]] = []
    private var values: [[UInt8]] = []

    /// - Complexity: O(log *n*) comparisons.
    func value(for key: [UInt8]) -> [UInt8]? {
        let index = firstIndex(notBefore: key)
        return index < keys.count && keys[index] == key ? values[index] : nil
    }

    /// - Complexity: O(log *n* + `limit`).
    func entries(prefix: [UInt8], after: [UInt8]?, limit: Int) -> [StoreEntry] {
        var index = firstIndex(notBefore: prefix)
        if let after {
            var next = firstIndex(notBefore: after)
            if next < keys.count, keys[next] == after { next += 1 }
            index = max(index, next)
        }
        var found: [StoreEntry] = []
        while found.count < limit, index < keys.count, keys[index].starts(with: prefix) {
            found.append(StoreEntry(key: keys[index], value: values[index]))
            index += 1
        }
        return found
    }

    /// - Complexity: O(*n*) when the key is new.
    mutating func put(_ value: [UInt8], for key: [UInt8]) {
        let index = firstIndex(notBefore: key)
        if index < keys.count, keys[index] == key {
            values[index] = value
        } else {
            keys.insert(key, at: index)
            values.insert(value, at: index)
        }
    }

    /// - Complexity: O(*n*).
    mutating func remove(_ key: [UInt8]) {
        let index = firstIndex(notBefore: key)
        guard index < keys.count, keys[index] == key else { return }
        keys.remove(at: index)
        values.remove(at: index)
    }

    mutating func removeAll() { self = MemoryTable() }

    /// Index of the first key that is `key` or sorts after it.
    private func firstIndex(notBefore key: [UInt8]) -> Int {
        var range = keys.startIndex..<keys.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if keys[middle].lexicographicallyPrecedes(key) {
                range = middle + 1..<range.upperBound
            } else {
                range = range.lowerBound..<middle
            }
        }
        return range.lowerBound
    }
}
