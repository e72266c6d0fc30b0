import struct NIOConcurrencyHelpers.NIOLockedValueBox

/// Publish and subscribe: GossipSub 1.1 with IDONTWANT of 1.2, floodsub as fallback.
///
/// ```swift
/// let gossip = GossipSub()
/// let node = try await PeerNode(identity: .generate()) { LANDiscovery(); gossip }
/// try await node.start()
/// let news = try await gossip.subscribe("news")
/// try await gossip.publish(Array("hello".utf8), to: "news")
/// for await message in news { print(message.from as Any, message.data) }
/// ```
///
/// The service belongs to one node. Its ``GossipRouter`` is made when it is attached, on the node's
/// home executor; each topic has a ``TopicChannel`` of its own there.
public final class GossipSub: PeerService {
    /// For logs and errors.
    public let name = "gossipsub"
    /// How it behaves.
    public let configuration: Configuration
    /// Set once. The lock guards the copy.
    private let attached = NIOLockedValueBox<GossipRouter?>(nil)

    /// A service with `configuration`, which is checked when the service is attached to a node.
    public init(_ configuration: Configuration = .init()) { self.configuration = configuration }

    private var router: GossipRouter {
        get throws(GossipSubError) {
            guard let router = attached.withLockedValue({ $0 }) else { throw .notAttached }
            return router
        }
    }

    // MARK: Service

    /// Checks the configuration and registers the protocols.
    public func attach(to node: PeerNode) async throws {
        let router = try GossipRouter(configuration, of: node)
        let isFirst = attached.withLockedValue { attached in
            guard attached == nil else { return false }
            attached = router
            return true
        }
        guard isFirst else { throw GossipSubError.alreadyAttached }
        for version in configuration.versions {
            await node.handle(version.protocolID) { [weak router] stream in
                try await router?.serve(stream)
            }
        }
    }

    /// Keeps the meshes until it is cancelled.
    public func run(on node: PeerNode) async throws {
        try await router.run(on: node)
    }

    // MARK: Topics

    /// Joins a topic.
    ///
    /// - Parameter validator: Decides on every message of the topic. One for a topic: that of the
    ///   latest subscription that has one.
    /// - Throws: ``GossipSubError``.
    public func subscribe(
        _ topic: String, validator: (any TopicValidator)? = nil
    ) async throws -> TopicSubscription {
        try await router.subscribe(topic, validator: validator)
    }

    /// Ends every subscription of this process to a topic and leaves it.
    public func unsubscribe(_ topic: String) async {
        await (try? router)?.unsubscribe(topic)
    }

    /// Publishes to a topic, which need not be joined.
    ///
    /// Returns when the message is signed and queued for the peers; there may be none, as
    /// ``GossipSubStatistics/publishedToNobody`` counts.
    /// - Throws: ``GossipSubError``, or what the signer throws.
    @discardableResult
    public func publish(_ data: [UInt8], to topic: String) async throws -> MessageID {
        try await router.publish(data, to: topic)
    }

    // MARK: Views

    /// Topics that are joined, in alphabetical order.
    public func topics() async -> [String] { await (try? router)?.joinedTopics ?? [] }

    /// Connected peers that have announced a topic, in the order of their IDs.
    public func peers(in topic: String) async -> [PeerID] {
        await (try? router)?.peers(in: topic) ?? []
    }

    /// The peers in this node's mesh of a topic, in the order of their IDs.
    public func mesh(of topic: String) async -> [PeerID] {
        await (try? router)?.mesh(of: topic) ?? []
    }

    /// The score of every peer that speaks the protocol, with its parts, in the order of their IDs.
    public func scores() async -> [PeerScoreSnapshot] { await (try? router)?.scores() ?? [] }

    /// What has happened so far.
    public var statistics: GossipSubStatistics {
        get async { await (try? router)?.currentStatistics ?? GossipSubStatistics() }
    }

    // MARK: Explicit peers

    /// Always exchanges messages with a peer, whatever its score, and keeps connected to it.
    public func addExplicitPeer(_ peer: PeerID) async throws {
        try await router.addExplicitPeer(peer)
    }

    /// Treats a peer like any other again.
    public func removeExplicitPeer(_ peer: PeerID) async {
        await (try? router)?.removeExplicitPeer(peer)
    }
}
