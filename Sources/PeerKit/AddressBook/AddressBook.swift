import Logging
import Metrics

/// Remembers where peers are, over restarts too, and dials the best-known ones at start.
///
/// It hears of peers from the node's events and keeps their signed records. What it holds is
/// written to the store `addressbook` every ``Configuration/flushInterval``: after a crash at most
/// that much is lost.
///
/// Isolation: an actor without executor of its own; it runs where its caller runs.
public actor AddressBook: PeerService, PeerSource {
    /// How the book is kept.
    public struct Configuration: Sendable {
        /// Bounds on what is kept.
        public var limits = AddressBookLimits()
        /// How many of the best-known peers are dialled at start; 0: none.
        public var dialsAtStart = 16
        /// How many of these dials run at once.
        public var dialConcurrency = 4
        /// How often changes are written.
        public var flushInterval = Duration.seconds(2)

        /// The defaults.
        public init() {}
    }

    static let storeName = "addressbook"
    static let table: StoreTable = "peers"
    /// How often entries that are too old are looked for.
    static let expiryInterval = Duration.seconds(600)

    /// For logs, errors and reports.
    public nonisolated let name = "address-book"
    /// In which faults of records are reported: the protocol that carries them.
    static let recordProtocol = IdentifyService.protocolID

    nonisolated let configuration: Configuration
    var machine: AddressBookMachine?
    /// Set when the book is attached.
    private(set) var runtime: Runtime?
    private var events: AsyncStream<PeerEvent>?
    private var store: (any KeyValueStore)?
    private var counters: Counters?
    private var isLoaded = false
    private var loadWaiters: [CheckedContinuation<Void, Never>] = []

    /// A book kept as `configuration` says.
    public init(_ configuration: Configuration = .init()) { self.configuration = configuration }

    /// Begins to listen to the node's events.
    public func attach(to node: PeerNode) async throws {
        runtime = node.runtime
        machine = AddressBookMachine(localPeer: node.peerID, limits: configuration.limits)
        events = node.events()
        counters = Counters(node.configuration.metrics)
    }

    /// Reads the book, dials the best-known peers, then keeps the book until it is cancelled.
    public func run(on node: PeerNode) async throws {
        await load(node)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.follow(node) }
            group.addTask { await self.keep(node) }
            group.addTask { await self.dialBest(from: node) }
            // Ends with the node: neither of the first two returns before it is cancelled.
            for await _ in group {}
        }
        await flush(node.log)
        await store?.close()
        store = nil
    }

    // MARK: The disk

    private func load(_ node: PeerNode) async {
        defer {
            isLoaded = true
            let waiters = loadWaiters
            loadWaiters.removeAll()
            for waiter in waiters { waiter.resume() }
        }
        do {
            let store = try await node.runtime.storage.openStore(Self.storeName)
            self.store = store
            try await readAll(store, node)
        } catch {
            // Without a disk the node still works, it only forgets.
            node.log.warning("the address book is not kept", metadata: ["error": "\(error)"])
        }
    }

    private func readAll(_ store: any KeyValueStore, _ node: PeerNode) async throws {
        let limits = configuration.limits
        var last: [UInt8]?
        // Twice the room: what a version with larger limits has written is thinned out, not kept.
        for _ in 0...(2 * limits.maximumPeers / max(1, limits.loadPageEntries)) {
            let page = try await store.entries(
                prefix: [], after: last, limit: limits.loadPageEntries, in: Self.table)
            guard let end = page.last else { return }
            last = end.key
            // A signature each: some milliseconds a page.
            let read = try await node.runtime.executors.compute {
                page.map { Self.read($0, limits) }
            }
            for (key, found) in read { take(found, under: key) }
            if page.count < limits.loadPageEntries { return }
        }
    }

    private static func read(
        _ stored: StoreEntry, _ limits: AddressBookLimits
    ) -> (key: [UInt8], found: (peer: PeerID, entry: AddressBookEntry)?) {
        guard let peer = try? PeerID(bytes: stored.key),
            let entry = AddressBookCodec.decode(stored.value, of: peer, limits: limits)
        else { return (stored.key, nil) }
        return (stored.key, (peer, entry))
    }

    private func take(
        _ found: (peer: PeerID, entry: AddressBookEntry)?, under key: [UInt8]
    ) {
        guard let found else {
            // Damaged: if the key is a peer's at least, the next batch removes it.
            if let peer = try? PeerID(bytes: key) { machine?.markDirty([peer]) }
            return
        }
        machine?.restore(found.entry, of: found.peer, now: unixSeconds)
    }

    private func keep(_ node: PeerNode) async {
        var nextExpiry = node.runtime.clock.now.advanced(by: Self.expiryInterval)
        while (try? await node.runtime.sleep(for: configuration.flushInterval)) != nil {
            if node.runtime.clock.now >= nextExpiry {
                machine?.expire(now: unixSeconds)
                nextExpiry = node.runtime.clock.now.advanced(by: Self.expiryInterval)
            }
            await flush(node.log)
        }
    }

    /// Writes what has changed, in as many batches as it takes.
    func flush(_ log: Logger) async {
        counters?.entries.record(machine?.entries.count ?? 0)
        while let store, machine?.hasChanges == true, let changes = machine?.takeChanges() {
            var batch = WriteBatch()
            for (peer, entry) in changes {
                if let entry {
                    batch.put(AddressBookCodec.encode(entry), for: peer.bytes, in: Self.table)
                } else {
                    batch.remove(peer.bytes, in: Self.table)
                }
            }
            do throws(StorageError) {
                try await store.commit(batch)
            } catch {
                log.warning("cannot write the address book", metadata: ["error": "\(error)"])
                machine?.markDirty(changes.map(\.peer))
                return
            }
        }
    }

    // MARK: Learning

    private func follow(_ node: PeerNode) async {
        guard let events else { return }
        for await event in events {
            switch event {
            case .connectionOpened(let info):
                if info.direction == .outbound {
                    machine?.succeeded(
                        info.remotePeer, at: info.remoteAddress, now: unixSeconds)
                }
            case .connected(let peer): machine?.setConnected(peer, true, now: unixSeconds)
            case .disconnected(let peer, _): machine?.setConnected(peer, false, now: unixSeconds)
            case .identified(let peer, let info): await identified(peer, info, node)
            case .discovered(let peer, let addresses, let source) where source != name:
                machine?.heard(peer, at: addresses, now: unixSeconds)
            default: break
            }
        }
    }

    private func identified(_ peer: PeerID, _ info: IdentifyInfo, _ node: PeerNode) async {
        guard let record = info.record, let envelope = info.signedRecord else {
            machine?.heard(peer, at: info.listenAddresses, now: unixSeconds)
            return
        }
        certify(record, envelope: envelope, from: peer, on: node)
        // A peer that dialled this node can be recommended too if it names the address it came
        // from: that points nobody to a third party.
        let sources = await node.connections(with: peer).compactMap(\.remoteAddress.ipAddress)
        if record.addresses.contains(where: { address in
            address.ipAddress.map { sources.contains($0) } ?? false
        }) {
            machine?.succeeded(peer, at: nil, now: unixSeconds)
        }
    }

    /// Takes in a record whose signature has been checked.
    ///
    /// - Parameter teller: Who sent it. A record that is old or contradicts another counts against
    ///   the teller only if it is the teller's own: others may not know better.
    @discardableResult
    func certify(
        _ record: PeerRecord, envelope: [UInt8], from teller: PeerID, on node: PeerNode
    ) -> AddressBookMachine.Certification {
        guard
            let outcome = machine?.certify(record, envelope: envelope, now: unixSeconds)
        else { return .known }
        guard teller == record.peerID else { return outcome }
        switch outcome {
        case .outdated(isReplay: true):
            node.report(
                PeerFault(.replay, in: Self.recordProtocol, "an old peer record of its own"),
                by: teller)
        case .equivocation:
            node.report(
                PeerFault(
                    .equivocation, in: Self.recordProtocol,
                    "two peer records of sequence \(record.sequence)"), by: teller)
        case .stored, .known, .outdated, .tooLong: break
        }
        return outcome
    }

    var unixSeconds: UInt64 { (runtime?.clock.unixNanoseconds ?? 0) / 1_000_000_000 }

    /// Returns once the book has been read.
    func loaded() async {
        if isLoaded { return }
        await withCheckedContinuation { continuation in
            if isLoaded { continuation.resume() } else { loadWaiters.append(continuation) }
        }
    }

    private struct Counters: Sendable {
        let entries: Gauge

        init(_ factory: any MetricsFactory) {
            entries = Gauge(label: "psic_address_book_peers", dimensions: [], factory: factory)
        }
    }
}
