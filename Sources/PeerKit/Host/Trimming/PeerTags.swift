/// What protocols have said of the worth of connections.
///
/// The weight of a peer is the sum of its tags', each of which may halve with time. A protected
/// peer is never trimmed, whatever its weight.
struct PeerTags: Sendable {
    private struct Tag: Sendable {
        var weight: Double
        var updated: Instant
        /// `nil` for a weight that stays.
        var halfLife: Duration?

        func value(at now: Instant) -> Double {
            guard let halfLife else { return weight }
            return weight * Decay.factor(after: updated.duration(to: now), halfLife: halfLife)
        }
    }

    private struct Entry: Sendable {
        var tags: [String: Tag] = [:]
        var protections: Set<String> = []
        var updated: Instant
    }

    /// Tags and protections of one peer: one each for every protocol of a node, and room.
    static let maximumPerPeer = 64

    private let maximumPeers: Int
    private var entries: [PeerID: Entry] = [:]

    /// - Parameter maximumPeers: Beyond, the unprotected ones tagged longest ago are forgotten.
    init(maximumPeers: Int) { self.maximumPeers = maximumPeers }

    /// Peers with a tag or a protection.
    var count: Int { entries.count }

    /// Sets a tag; 0 takes it back.
    mutating func set(
        _ peer: PeerID, _ name: String, weight: Int, halfLife: Duration?, at now: Instant
    ) {
        change(peer, at: now) { entry in
            entry.tags[name] =
                weight == 0
                ? nil : Tag(weight: Double(weight), updated: now, halfLife: halfLife)
        }
    }

    /// Adds to what is left of a tag.
    mutating func add(
        _ peer: PeerID, _ name: String, weight: Int, halfLife: Duration, at now: Instant
    ) {
        change(peer, at: now) { entry in
            let left = entry.tags[name]?.value(at: now) ?? 0
            entry.tags[name] = Tag(
                weight: left + Double(weight), updated: now, halfLife: halfLife)
        }
    }

    mutating func protect(_ peer: PeerID, _ reason: String, at now: Instant) {
        change(peer, at: now) { $0.protections.insert(reason) }
    }

    mutating func unprotect(_ peer: PeerID, _ reason: String, at now: Instant) {
        guard entries[peer] != nil else { return }
        change(peer, at: now) { $0.protections.remove(reason) }
    }

    /// The sum of a peer's tags, rounded towards zero.
    func weight(of peer: PeerID, at now: Instant) -> Int {
        guard let entry = entries[peer] else { return 0 }
        // In the order of their names, so that the sum is the same in every process.
        let sum = entry.tags.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value.value(at: now) }
        return Int(min(max(sum, -1e15), 1e15))
    }

    func isProtected(_ peer: PeerID) -> Bool { entries[peer]?.protections.isEmpty == false }

    /// What a peer's weight is made of, by name.
    func tags(of peer: PeerID, at now: Instant) -> [String: Int] {
        entries[peer]?.tags.mapValues { Int(min(max($0.value(at: now), -1e15), 1e15)) } ?? [:]
    }

    /// Why a peer is protected, in alphabetical order.
    func protections(of peer: PeerID) -> [String] { entries[peer]?.protections.sorted() ?? [] }

    private mutating func change(
        _ peer: PeerID, at now: Instant, _ body: (inout Entry) -> Void
    ) {
        if entries[peer] == nil { makeRoom() }
        let before = entries.removeValue(forKey: peer)
        var entry = before ?? Entry(updated: now)
        entry.updated = now
        body(&entry)
        if entry.tags.count > Self.maximumPerPeer || entry.protections.count > Self.maximumPerPeer {
            entries[peer] = before
        } else if !entry.tags.isEmpty || !entry.protections.isEmpty {
            entries[peer] = entry
        }
    }

    private mutating func makeRoom() {
        guard entries.count >= maximumPeers else { return }
        let oldest = entries.filter { $0.value.protections.isEmpty }
            .sorted { ($0.value.updated, $0.key) < ($1.value.updated, $1.key) }
        for (peer, _) in oldest.prefix(max(1, maximumPeers / 16)) { entries[peer] = nil }
    }
}
