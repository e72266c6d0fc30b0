import Collections

/// What this node itself has put or provided, to be announced again before it expires elsewhere.
struct Publications: Sendable {
    enum Content: Sendable, Hashable {
        case value([UInt8])
        case provided
    }

    struct Item: Sendable, Hashable {
        /// The record's key, or the content's multihash.
        var key: [UInt8]
        var content: Content
        var due: Instant
    }

    struct Name: Sendable, Hashable {
        var isValue: Bool
        var key: [UInt8]
    }

    private let limit: Int
    private(set) var items: OrderedDictionary<Name, Item> = [:]

    init(limit: Int) { self.limit = max(1, limit) }

    /// When the next one is due.
    var next: Instant? { items.values.map(\.due).min() }

    /// Remembers an item; the one announced longest ago is forgotten when there are too many.
    ///
    /// - Returns: Who was forgotten.
    mutating func set(_ item: Item) -> Name? {
        let name = Name(item)
        items.removeValue(forKey: name)
        var forgotten: Name?
        if items.count >= limit { forgotten = items.removeFirst().key }
        items[name] = item
        return forgotten
    }

    mutating func remove(_ name: Name) { items.removeValue(forKey: name) }

    /// What is due, at most `count` items.
    func due(at now: Instant, count: Int) -> [Item] {
        Array(items.values.lazy.filter { $0.due <= now }.prefix(count))
    }

    /// An item is to be announced at another time.
    mutating func postpone(_ item: Item, to time: Instant) { items[Name(item)]?.due = time }
}

extension Publications.Name {
    init(_ item: Publications.Item) {
        if case .value = item.content { isValue = true } else { isValue = false }
        key = item.key
    }
}
