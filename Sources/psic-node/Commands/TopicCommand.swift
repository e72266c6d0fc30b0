import ArgumentParser
import PeerKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// `psic-node topic …`.
struct TopicCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topic", abstract: "Read and write topics through the running node.",
        subcommands: [
            TopicListCommand.self, TopicPublishCommand.self, TopicSubscribeCommand.self,
            TopicMeshCommand.self, TopicScoresCommand.self,
        ])
}

/// `psic-node topic list`.
struct TopicListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the topics that the node has joined.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = try Session(global)
        let list = try await ControlClient(home: session.home).call(
            ListTopics(), timeout: session.timeout(default: .seconds(10)))
        session.print(list) {
            var table = TextTable([.init("TOPIC"), .init("PEERS", .right), .init("MESH", .right)])
            for topic in list.topics {
                table.add([Figures.cut(topic.topic, to: 60), "\(topic.peers)", "\(topic.mesh)"])
            }
            return table.lines
        }
    }
}

/// `psic-node topic subscribe TOPIC`.
struct TopicSubscribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscribe", abstract: "Print the messages of a topic as they come.",
        discussion: """
            The node is in the topic as long as somebody is subscribed. With --format json each \
            message is one object.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The topic's name.")
    var topic: String

    @Option(help: "End after so many messages.")
    var count: Int?

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count must be at least 1") }
    }

    /// Ends the call after the last message that is wanted.
    private struct Enough: Error {}

    private actor Counter {
        private var rest: Int?
        init(_ count: Int?) { rest = count }

        /// Whether that was the last one.
        func take() -> Bool {
            guard let left = rest else { return false }
            rest = left - 1
            return left <= 1
        }
    }

    func run() async throws {
        let session = try Session(global)
        let counter = Counter(count)
        do {
            _ = try await ControlClient(home: session.home).call(
                SubscribeTopic(topic: topic), timeout: session.settings.timeout
            ) { message in
                session.print(message) { [message.line] }
                if await counter.take() { throw Enough() }
            }
        } catch is Enough {
            return
        }
    }
}

/// `psic-node topic publish TOPIC [TEXT]`.
struct TopicPublishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "Publish a message to a topic.",
        discussion: "Without TEXT the message is what standard input holds, at most 1 MiB.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The topic's name.")
    var topic: String

    @Argument(help: "The message.")
    var text: String?

    func run() async throws {
        let session = try Session(global)
        let data = try text.map { Array($0.utf8) } ?? Self.input()
        let published = try await ControlClient(home: session.home).call(
            PublishMessage(topic: topic, data: Base64Bytes(data)),
            timeout: session.timeout(default: .seconds(10)))
        session.print(published) { ["\(published.id) to \(published.peers) peers"] }
    }

    private static func input() throws(CommandError) -> [UInt8] {
        do throws(SystemFailure) {
            return try FileSystem.readAll(STDIN_FILENO, "standard input", limit: 1 << 20)
        } catch {
            throw CommandError(.usage, "\(error)", hint: "a message has at most 1 MiB")
        }
    }
}

/// `psic-node topic mesh TOPIC`.
struct TopicMeshCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mesh", abstract: "List the peers of a topic.")

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The topic's name.")
    var topic: String

    func run() async throws {
        let session = try Session(global)
        let view = try await ControlClient(home: session.home).call(
            ShowMesh(topic: topic), timeout: session.timeout(default: .seconds(10)))
        session.print(view) {
            var table = TextTable([.init("PEER"), .init("PART")])
            let mesh = Set(view.mesh)
            for peer in view.peers { table.add([peer, mesh.contains(peer) ? "mesh" : "gossip"]) }
            return table.lines
        }
    }
}

/// `psic-node topic scores`.
struct TopicScoresCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scores", abstract: "List GossipSub's scores of peers, the worst first.",
        discussion: """
            TOPICS is what peers did in topics, APP the node's own standing of them, IP a penalty \
            for many peers of one address, BEHAVIOUR one for breaking the protocol's promises. \
            --format json has every part of every topic.
            """)

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = try Session(global)
        let answer = try await ControlClient(home: session.home).call(
            ShowScores(), timeout: session.timeout(default: .seconds(10)))
        session.print(answer) {
            var table = TextTable([
                .init("PEER"), .init("SCORE", .right), .init("TOPICS", .right),
                .init("APP", .right), .init("IP", .right), .init("BEHAVIOUR", .right),
            ])
            for score in answer.scores {
                let figures = [
                    score.score, score.topicsPart, score.applicationPart, score.ipColocationPart,
                    score.behaviourPart,
                ]
                table.add(
                    [Figures.shortID(score.peer.description)]
                        + figures.map { Figures.fixed($0, digits: 2) })
            }
            return table.lines
        }
    }
}

extension TopicMessage {
    /// The author and the message.
    var line: String {
        let author = Figures.shortID(from ?? receivedFrom)
        let text = data.shown.split(separator: "\n", omittingEmptySubsequences: false)
        return "\(author): " + text.joined(separator: "\\n")
    }
}
