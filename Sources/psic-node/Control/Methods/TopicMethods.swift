import PeerKit

/// `topic.list`: the topics that the node has joined.
struct ListTopics: ControlMethod, Equatable {
    static let name = "topic.list"
    typealias Answer = TopicList
}

/// `topic.subscribe`: every message of a topic as an event, until the client goes.
struct SubscribeTopic: ControlMethod, Equatable {
    static let name = "topic.subscribe"
    typealias Answer = ControlDone
    typealias Event = TopicMessage

    var topic: String
}

/// `topic.publish`: publish a message.
struct PublishMessage: ControlMethod, Equatable {
    static let name = "topic.publish"
    typealias Answer = PublishedMessage

    var topic: String
    var data: Base64Bytes
}

/// `topic.mesh`: the peers of a topic.
struct ShowMesh: ControlMethod, Equatable {
    static let name = "topic.mesh"
    typealias Answer = TopicMesh

    var topic: String
}

/// `topic.scores`: GossipSub's scores of peers, with their parts.
struct ShowScores: ControlMethod, Equatable {
    static let name = "topic.scores"
    typealias Answer = TopicScores
}

/// The answer to `topic.list`.
struct TopicList: Codable, Equatable, Sendable {
    var topics: [TopicEntry]
}

/// A message that has come.
struct TopicMessage: Codable, Equatable, Sendable {
    /// Hexadecimal digits.
    var id: String
    var topic: String
    /// The author; absent where messages are not signed.
    var from: String?
    /// Who delivered it.
    var receivedFrom: String
    var data: Base64Bytes
    /// Messages that were lost before this one as the reader lagged.
    var dropped: Int
}

/// A message that was published.
struct PublishedMessage: Codable, Equatable, Sendable {
    /// Hexadecimal digits.
    var id: String
    var topic: String
    /// Peers that have announced the topic.
    var peers: Int
}

/// Who is where in a topic.
struct TopicMesh: Codable, Equatable, Sendable {
    var topic: String
    var isJoined: Bool
    /// Peers that get messages in full.
    var mesh: [String]
    /// All that have announced the topic.
    var peers: [String]
}

/// The answer to `topic.scores`.
struct TopicScores: Codable, Equatable, Sendable {
    var scores: [PeerScoreSnapshot]
}

/// Topics.
struct TopicMethods: ControlArea {
    let gossip: GossipSub?

    func register(in registry: inout ControlRegistry) {
        registry.answer(ListTopics.self) { _ in TopicList(topics: await Self.entries(try topics()))
        }
        registry.answer(SubscribeTopic.self) { method, emit in
            let subscription = try await topics().subscribe(method.topic)
            defer { subscription.cancel() }
            for await message in subscription {
                try await emit(TopicMessage(message, dropped: subscription.droppedCount))
            }
            return ControlDone()
        }
        registry.answer(PublishMessage.self) { try await publish($0) }
        registry.answer(ShowMesh.self) { method in
            let gossip = try topics()
            return TopicMesh(
                topic: method.topic, isJoined: await gossip.topics().contains(method.topic),
                mesh: await gossip.mesh(of: method.topic).map(\.description),
                peers: await gossip.peers(in: method.topic).map(\.description))
        }
        registry.answer(ShowScores.self) { _ in
            TopicScores(scores: await (try topics()).scores().sorted { $0.score < $1.score })
        }
    }

    private func topics() throws(CommandError) -> GossipSub {
        guard let gossip else {
            throw CommandError(
                .failure, "the node runs without topics", hint: "run it without --no-topics")
        }
        return gossip
    }

    /// The joined topics in figures.
    static func entries(_ gossip: GossipSub) async -> [TopicEntry] {
        var list: [TopicEntry] = []
        for topic in await gossip.topics() {
            list.append(
                TopicEntry(
                    topic: topic, peers: await gossip.peers(in: topic).count,
                    mesh: await gossip.mesh(of: topic).count))
        }
        return list
    }

    private func publish(_ method: PublishMessage) async throws -> PublishedMessage {
        let gossip = try topics()
        let peers = await gossip.peers(in: method.topic).count
        let isJoined = await gossip.topics().contains(method.topic)
        guard peers > 0 || isJoined else {
            throw CommandError(
                .noPeers, "no connected peer has announced the topic \"\(method.topic)\"",
                hint: "nobody would get the message: subscribe somewhere, or connect to who has")
        }
        let id = try await gossip.publish(method.data.bytes, to: method.topic)
        return PublishedMessage(id: id.description, topic: method.topic, peers: peers)
    }
}

extension TopicMessage: JSONText {
    func append(to text: inout JSONTextWriter) {
        text.raw("{\"data\":")
        text.base64(data.bytes)
        text.raw(",\"dropped\":")
        text.number(dropped)
        if let from {
            text.raw(",\"from\":")
            text.string(from)
        }
        text.raw(",\"id\":")
        text.string(id)
        text.raw(",\"receivedFrom\":")
        text.string(receivedFrom)
        text.raw(",\"topic\":")
        text.string(topic)
        text.raw("}")
    }

    init(_ message: ReceivedMessage, dropped: Int) {
        self.init(
            id: message.id.description, topic: message.topic, from: message.from?.description,
            receivedFrom: message.receivedFrom.description, data: Base64Bytes(message.data),
            dropped: dropped)
    }
}
