/// What others ask the book.
extension AddressBook {
    /// A peer's own signed record, the newest one seen (a signed envelope, RFC 0003).
    public func record(of peer: PeerID) -> [UInt8]? {
        machine?.entries[peer]?.certificate?.envelope
    }

    /// A random choice of peers that this node has reached lately, each with a signed record.
    ///
    /// - Parameters:
    ///   - count: At most so many.
    ///   - isWanted: Looks at a peer and its signed addresses.
    public func sample(
        _ count: Int, where isWanted: @Sendable (PeerID, [Multiaddr]) -> Bool = { _, _ in true }
    ) -> [KnownPeer] {
        guard let runtime, let machine else { return [] }
        var generator = RuntimeGenerator(runtime.random)
        return machine.sample(count, now: unixSeconds, using: &generator, where: isWanted)
    }

    /// The peers without connection that a dial promises most, best first; waits until the book
    /// has been read.
    public func findSome(_ count: Int) async -> [KnownPeer] {
        await loaded()
        return machine?.best(count, now: unixSeconds) ?? []
    }

    /// A dial of the peer has failed at every address.
    public func noteFailure(of peer: PeerID) { machine?.failed(peer, now: unixSeconds) }

    /// Hears of dials that others have made.
    public func dialled(_ peer: PeerID, isReached: Bool) {
        // A success is an event of the node's, too.
        if !isReached { noteFailure(of: peer) }
    }

    /// Forgets a peer, on disk too.
    public func forget(_ peer: PeerID) { machine?.forget(peer) }

    /// Everything in the book, in the order of the peers' IDs.
    public func entries() -> [AddressBookListing] {
        let now = unixSeconds
        return (machine?.entries.sorted { $0.key < $1.key } ?? []).map { peer, entry in
            AddressBookListing(
                peerID: peer.description, addresses: entry.addresses(at: now).map(\.description),
                isCertified: entry.certificate != nil, sequence: entry.certificate?.sequence,
                successes: entry.successes, failures: entry.failures,
                lastSuccess: entry.isStranger ? nil : entry.lastSuccess, lastSeen: entry.lastSeen)
        }
    }

    /// Dials the best-known peers, a few at once.
    func dialBest(from node: PeerNode) async {
        let candidates = machine?.best(configuration.dialsAtStart, now: unixSeconds) ?? []
        guard !candidates.isEmpty else { return }
        node.log.debug("dialling known peers", metadata: ["count": "\(candidates.count)"])
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for candidate in candidates {
                if running >= max(1, configuration.dialConcurrency) {
                    await group.next()
                    running -= 1
                }
                guard !Task.isCancelled else { return }
                running += 1
                group.addTask { await self.dial(candidate, from: node) }
            }
            for await _ in group {}
        }
    }

    private func dial(_ candidate: KnownPeer, from node: PeerNode) async {
        // The host tries what it has learned last first.
        await node.learn(candidate.id, at: candidate.addresses.reversed(), source: name)
        do throws(HostError) {
            try await node.connect(to: candidate.id)
        } catch {
            if case .dialFailed = error { noteFailure(of: candidate.id) }
        }
    }
}

/// An entry of the address book, for people.
public struct AddressBookListing: Codable, Sendable, Hashable {
    /// The peer.
    public var peerID: String
    /// Where it may be, likeliest first.
    public var addresses: [String]
    /// Whether the peer itself has signed its addresses.
    public var isCertified: Bool
    /// The number of the signed record.
    public var sequence: UInt64?
    /// Connections that came about.
    public var successes: UInt64
    /// Dials that failed.
    public var failures: UInt64
    /// When it was reached last, in seconds since 1970.
    public var lastSuccess: UInt64?
    /// When something was last heard of it, in seconds since 1970.
    public var lastSeen: UInt64
}
