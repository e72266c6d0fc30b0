import Logging
import Metrics

/// `/psic/rotation/1.0.0`: tells connected peers how this node's key came to be, learns it of them,
/// and refuses keys that are revoked.
///
/// A peer that has changed its key keeps what is held against it: the new key inherits the old one's
/// standing before the change is believed for good. ``resolve(_:)`` says which key an old one stands
/// for now, and ``Configuration/onSuccession`` hears of each change.
///
/// Revoked keys are read before the node listens and refused as soon as a handshake has proven one;
/// they are not dialled at all.
///
/// A key that has become too old is not changed while the node runs: its ID is the node's name in
/// every connection, record, table and mesh, and each peer would have to take two names for one in
/// the middle of what it does. A running node says that it is time, in its log and by the gauge
/// `psic_identity_rotation_due`; whoever starts it rotates first (``KeyRing/History/isDue(at:after:)``).
///
/// Isolation: an actor without executor of its own; it runs where its caller runs.
public actor KeyRotation: PeerService {
    /// The protocol.
    public static let protocolID: ProtocolID = "/psic/rotation/1.0.0"
    static let storeName = "rotation"
    static let rotations: StoreTable = "rotations"
    static let revocations: StoreTable = "revocations"

    /// How rotation is done.
    public struct Configuration: Sendable {
        /// How this node's own key came to be.
        public var history = KeyRing.History()
        /// How old this node's own key may become; `nil`: as old as it likes.
        public var period: Duration? = .seconds(90 * 24 * 3600)
        /// Bounds on what others show.
        public var limits = RotationLimits()
        /// Hears that one key has taken the place of another, after the standing has been carried
        /// over: for what else is held for or against it. Called on the executor of whoever brought
        /// the news; must not wait.
        public var onSuccession: (@Sendable (_ old: PeerID, _ new: PeerID) -> Void)?

        /// The defaults.
        public init() {}
    }

    /// For logs and errors.
    public nonisolated let name = "key-rotation"
    private let configuration: Configuration
    private var book: RotationBook
    private var store: (any KeyValueStore)?
    private var events: AsyncStream<PeerEvent>?

    /// Key rotation for a node.
    public init(_ configuration: Configuration = .init()) {
        self.configuration = configuration
        book = RotationBook(limits: configuration.limits)
    }

    /// The present key of the identity that a key belongs or belonged to.
    public func resolve(_ peer: PeerID) -> PeerID { book.resolve(peer) }

    /// All keys of a peer's identity, the oldest known first.
    public func lineage(of peer: PeerID) -> [PeerID] { book.lineage(of: peer) }

    /// Whether a key has been revoked.
    public func isRevoked(_ peer: PeerID) -> Bool { book.isRevoked(peer) }

    /// Whether this node's key is older than it should become.
    public nonisolated func isDue(at unixSeconds: UInt64) -> Bool {
        guard let period = configuration.period else { return false }
        return configuration.history.isDue(at: unixSeconds, after: period)
    }

    /// Serves the protocol.
    public func attach(to node: PeerNode) async throws {
        events = node.events()
        await node.handle(Self.protocolID) { [weak self, weak node] stream in
            guard let self, let node else { return }
            let limits = await self.limits
            await stream.setDeadline(node.runtime.clock.now.advanced(by: limits.timeout))
            guard let bytes = try await stream.readMessage(limit: limits.maximumMessageBytes) else {
                return
            }
            try await stream.writeMessage(await self.ownHistory(node).bytes)
            await self.heard(Array(bytes.readableBytesView), from: stream.remotePeer, on: node)
        }
    }

    private var limits: RotationLimits { configuration.limits }

    /// Reads what is known of others' keys, so that no revoked one is let in.
    ///
    /// - Throws: What the storage throws. A node that cannot read whom to refuse does not start.
    public func prepare(on node: PeerNode) async throws {
        let store = try await node.runtime.storage.openStore(Self.storeName)
        do {
            try await load(store)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
        await node.refuse(revoked: book.revokedKeys)
    }

    /// Exchanges histories with every peer that comes, until it is cancelled.
    public func run(on node: PeerNode) async throws {
        store = try await node.runtime.storage.openStore(Self.storeName)
        guard let events else { return }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.watchAge(on: node) }
            for await event in events {
                switch event {
                case .identified(let peer, let info)
                where info.protocols.contains(Self.protocolID) && node.peerID < peer:
                    // One of the two begins; both learn.
                    group.addTask { await self.exchange(with: peer, on: node) }
                default: break
                }
            }
            group.cancelAll()
        }
        await store?.close()
        store = nil
    }

    // MARK: Exchanging

    private func ownHistory(_ node: PeerNode) -> RotationMessage {
        var revocations = configuration.history.revocations.map(\.bytes)
        // What was heard of this identity's keys counts too.
        for known in book.revocations(of: node.peerID) where !revocations.contains(known.bytes) {
            revocations.append(known.bytes)
        }
        return RotationMessage(
            chain: configuration.history.rotations.suffix(limits.maximumChain).map(\.bytes),
            revocations: Array(revocations.prefix(limits.maximumRevocations)))
    }

    private func exchange(with peer: PeerID, on node: PeerNode) async {
        do {
            let stream = try await node.newStream(to: peer, protocol: Self.protocolID)
            await stream.setDeadline(node.runtime.clock.now.advanced(by: limits.timeout))
            try await stream.writeMessage(ownHistory(node).bytes)
            await stream.closeWrite()
            guard let bytes = try await stream.readMessage(limit: limits.maximumMessageBytes) else {
                return await stream.close()
            }
            await stream.close()
            await heard(Array(bytes.readableBytesView), from: peer, on: node)
        } catch {
            node.log.debug(
                "key history not exchanged", metadata: ["remote": "\(peer)", "error": "\(error)"])
        }
    }

    private func heard(_ bytes: [UInt8], from peer: PeerID, on node: PeerNode) async {
        let now = node.runtime.clock.unixNanoseconds / 1_000_000_000
        var batch = WriteBatch()
        var hasRevoked = false
        do throws(RotationError) {
            let message = try RotationMessage(bytes, limits: limits)
            let change = try book.accept(chain: message.chain, from: peer, at: now)
            for key in change.equivocations {
                node.report(
                    PeerFault(
                        .equivocation, in: Self.protocolID,
                        "a second successor of \(key)"), by: peer)
            }
            for succession in change.succeeded { await learned(succession, &batch, node) }
            // The disk holds what the book holds, or whoever makes keys could fill it.
            for key in change.forgotten { batch.remove(key.bytes, in: Self.rotations) }
            for revocation in message.revocations {
                guard let revoked = try book.accept(revocation: revocation) else { continue }
                batch.put(revocation, for: revoked.key.bytes, in: Self.revocations)
                if let key = revoked.forgotten { batch.remove(key.bytes, in: Self.revocations) }
                node.log.notice("a key was revoked", metadata: ["remote": "\(revoked.key)"])
                hasRevoked = true
            }
        } catch {
            node.report(PeerFault(.invalidContent, in: Self.protocolID, "\(error)"), by: peer)
        }
        // Also when a later one of the message was not believed.
        if hasRevoked { await node.refuse(revoked: book.revokedKeys) }
        await write(batch, node)
    }

    private func learned(
        _ succession: RotationBook.Succession, _ batch: inout WriteBatch, _ node: PeerNode
    ) async {
        if let certificate = book.certificate(of: succession.old) {
            batch.put(certificate.bytes, for: succession.old.bytes, in: Self.rotations)
        }
        node.log.notice(
            "a peer has changed its key",
            metadata: ["old": "\(succession.old)", "remote": "\(succession.new)"])
        // On disk before the link is: after a crash in between the news comes as if for the first
        // time, and the standing is carried over again.
        await node.inheritStanding(of: succession.old, by: succession.new)
        configuration.onSuccession?(succession.old, succession.new)
    }

    // MARK: The own key's age

    private func watchAge(on node: PeerNode) async {
        guard let period = configuration.period, let since = configuration.history.since else {
            return
        }
        let gauge = Gauge(
            label: "psic_identity_rotation_due", dimensions: [],
            factory: node.configuration.metrics)
        let day: UInt64 = 24 * 3600
        while true {
            let now = node.runtime.clock.unixNanoseconds / 1_000_000_000
            let isDue = isDue(at: now)
            gauge.record(isDue ? 1 : 0)
            if isDue {
                node.log.warning(
                    "the key is due for rotation, which happens when the node starts again",
                    metadata: ["age": "\(now.subtractingClamped(since) / day) days"])
            }
            let due = since.addingClamped(period.wholeSeconds)
            let pause = isDue ? day : min(day, max(1, due.subtractingClamped(now)))
            do {
                try await node.runtime.sleep(for: .seconds(pause))
            } catch {
                return
            }
        }
    }

    // MARK: The disk

    private func load(_ store: any KeyValueStore) async throws {
        for entry in try await store.entries(limit: limits.maximumLinks, in: Self.rotations) {
            guard let certificate = try? RotationCertificate.open(entry.value, limits: limits)
            else { continue }
            book.restore(certificate)
        }
        for entry in try await store.entries(limit: limits.maximumRevoked, in: Self.revocations) {
            guard let certificate = try? RevocationCertificate.open(entry.value, limits: limits)
            else { continue }
            book.restore(certificate)
        }
    }

    private func write(_ batch: WriteBatch, _ node: PeerNode) async {
        guard !batch.isEmpty, let store else { return }
        do throws(StorageError) {
            try await store.commit(batch)
        } catch {
            node.log.warning("cannot write key histories", metadata: ["error": "\(error)"])
        }
    }
}
