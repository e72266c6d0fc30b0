import Logging

/// `/psic/rotation/1.0.0`: tells connected peers how this node's key came to be, learns it of them,
/// and refuses keys that are revoked.
///
/// A peer that has changed its key keeps what is held for and against it: ``resolve(_:)`` says which
/// key an old one stands for now, and ``Configuration/onSuccession`` hears of each change.
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
        /// Bounds on what others show.
        public var limits = RotationLimits()
        /// Hears that one key has taken the place of another: for carrying over what is held for and
        /// against it. Called on the executor of whoever brought the news; must not wait.
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

    /// Exchanges histories with every peer that comes, until it is cancelled.
    public func run(on node: PeerNode) async throws {
        await load(node)
        guard let events else { return }
        await withDiscardingTaskGroup { group in
            for await event in events {
                switch event {
                case .connected(let peer) where book.isRevoked(peer):
                    await refuse(peer, on: node)
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
        do throws(RotationError) {
            let message = try RotationMessage(bytes, limits: limits)
            let change = try book.accept(chain: message.chain, from: peer, at: now)
            for key in change.equivocations {
                node.report(
                    PeerFault(
                        .equivocation, in: Self.protocolID,
                        "a second successor of \(key)"), by: peer)
            }
            for succession in change.succeeded { learned(succession, &batch, node) }
            for revocation in message.revocations {
                guard let key = try book.accept(revocation: revocation) else { continue }
                batch.put(revocation, for: key.bytes, in: Self.revocations)
                node.log.notice("a key was revoked", metadata: ["remote": "\(key)"])
                await refuse(key, on: node)
            }
        } catch {
            node.report(PeerFault(.invalidContent, in: Self.protocolID, "\(error)"), by: peer)
        }
        await write(batch, node)
    }

    private func learned(
        _ succession: RotationBook.Succession, _ batch: inout WriteBatch, _ node: PeerNode
    ) {
        if let certificate = book.certificates.last(where: { $0.old == succession.old }) {
            batch.put(certificate.bytes, for: succession.old.bytes, in: Self.rotations)
        }
        node.log.notice(
            "a peer has changed its key",
            metadata: ["old": "\(succession.old)", "remote": "\(succession.new)"])
        configuration.onSuccession?(succession.old, succession.new)
    }

    private func refuse(_ peer: PeerID, on node: PeerNode) async {
        guard await node.isConnected(to: peer) else { return }
        node.log.notice("a revoked key is refused", metadata: ["remote": "\(peer)"])
        await node.disconnect(peer)
    }

    // MARK: The disk

    private func load(_ node: PeerNode) async {
        do {
            let store = try await node.runtime.storage.openStore(Self.storeName)
            self.store = store
            for entry in try await store.entries(
                limit: limits.maximumLinks, in: Self.rotations)
            {
                guard let certificate = try? RotationCertificate.open(entry.value, limits: limits)
                else { continue }
                book.restore(certificate)
            }
            for entry in try await store.entries(
                limit: limits.maximumRevoked, in: Self.revocations)
            {
                _ = try? book.accept(revocation: entry.value)
            }
        } catch {
            node.log.warning("key histories are not kept", metadata: ["error": "\(error)"])
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
