// Publish and subscribe with any libp2p peer: prints one JSON line for each message of a topic.
//
//   TopicPeer --topic news                                    listen until SIGTERM
//   TopicPeer --topic news --connect ADDR --publish hi-{i} --count 3
//
// The first line of stdout is this peer's full multiaddr.

import ArgumentParser
import Logging
import PeerKit
import ServiceLifecycle

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@main
struct TopicPeer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "A peer that publishes to a topic and prints what comes.")

    @Option(help: "Where to listen.") var listen = "/ip4/127.0.0.1/tcp/0"
    @Option(help: "A peer to connect to; may be given several times.") var connect: [String] = []
    @Option(help: "The topic.") var topic: String
    @Option(help: "Text to publish; {i} stands for the number of the message.")
    var publish: String?
    @Option(help: "How many times to publish it.") var count = 1
    @Option(help: "Bytes to fill each published text up to.") var size = 0
    @Option(help: "Milliseconds between two messages.") var interval = 0
    @Option(help: "Wait for so many peers in the topic before publishing.") var waitFor = 1
    @Option(help: "Seconds to let the mesh form before publishing.") var settle = 1.5
    @Option(help: "End after so many messages of others.") var expect: Int?
    @Option(help: "End after so many seconds.") var seconds: Double?
    @Option(help: "Protocols to speak: 1.2, 1.1, 1.0, floodsub.", transform: parseVersions)
    var versions = GossipSub.Configuration().versions
    @Flag(help: "Publish without subscribing.") var fanout = false
    @Flag(help: "Do not sign, and take only messages that are not signed.") var noSign = false

    func validate() throws {
        guard count >= 1, interval >= 0, size >= 0, waitFor >= 0, settle >= 0 else {
            throw ValidationError("numbers must not be negative, and --count at least 1")
        }
    }

    func run() async throws {
        Runtime.tuneAllocatorForThroughput()
        var settings = PeerNodeConfiguration()
        settings.listenAddresses = [try Multiaddr(listen)]
        settings.log.logLevel = .warning
        var configuration = GossipSub.Configuration()
        configuration.versions = versions
        configuration.deliversOwnMessages = false
        if noSign { configuration.signing = .strictNoSign }
        let gossip = GossipSub(configuration)
        let node = try await PeerNode(identity: .generate(), configuration: settings) { gossip }
        let conversation = Conversation(options: self, node: node, gossip: gossip)
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: node),
                    .init(
                        service: conversation, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: node.log))
        try await group.run()
    }
}

/// Reads the option `--versions 1.2,1.1`.
private func parseVersions(_ text: String) throws -> [GossipSubVersion] {
    try text.split(separator: ",").map { name in
        switch name {
        case "1.2": .meshsub12
        case "1.1": .meshsub11
        case "1.0": .meshsub10
        case "floodsub": .floodsub
        default: throw ValidationError("unknown protocol \(name)")
        }
    }
}

/// What is done once the node listens.
private struct Conversation: Service {
    let options: TopicPeer
    let node: PeerNode
    let gossip: GossipSub

    func run() async throws {
        let runtime = node.runtime
        while await node.listenAddresses.isEmpty {
            try await runtime.sleep(for: .milliseconds(10))
        }
        let subscription =
            options.fanout ? nil : try await gossip.subscribe(options.topic)
        if let address = await node.listenAddresses.first { printNow("\(address)") }
        for address in options.connect { try await node.connect(to: try Multiaddr(address)) }
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup { group in
                if let subscription { group.addTask { await printAll(subscription) } }
                if let text = options.publish { group.addTask { try await publish(text) } }
                if let seconds = options.seconds {
                    group.addTask {
                        try await runtime.sleep(for: .seconds(seconds))
                        throw CancellationError()
                    }
                }
                do { try await group.waitForAll() } catch is CancellationError {}
                group.cancelAll()
            }
        }
    }

    private func printAll(_ subscription: TopicSubscription) async {
        var count = 0
        for await message in subscription {
            let text = String(decoding: message.data.prefix(200), as: UTF8.self)
            printNow(
                "{\"from\":\(quoted(message.from?.description ?? "")),"
                    + "\"receivedFrom\":\(quoted(message.receivedFrom.description)),"
                    + "\"id\":\(quoted(message.id.description)),\"data\":\(quoted(text)),"
                    + "\"bytes\":\(message.data.count)}")
            count += 1
            if count == options.expect { return }
        }
    }

    private func publish(_ text: String) async throws {
        let runtime = node.runtime
        while await gossip.peers(in: options.topic).count < options.waitFor {
            try await runtime.sleep(for: .milliseconds(20))
        }
        try await runtime.sleep(for: .seconds(options.settle))
        for number in 0..<options.count {
            var data = Array(text.replacing("{i}", with: "\(number)").utf8)
            data += [UInt8](repeating: 0x2e, count: max(0, options.size - data.count))
            try await gossip.publish(data, to: options.topic)
            if options.interval > 0 {
                try await runtime.sleep(for: .milliseconds(options.interval))
            }
        }
        // What is queued leaves before the node does.
        if options.expect == nil, options.seconds == nil, !options.fanout { return }
        try await runtime.sleep(for: .seconds(2))
    }
}

/// Prints a line at once, also into a pipe.
func printNow(_ line: String) {
    print(line)
    fflush(nil)
}

/// A JSON string.
func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": out += "\\\""
        case "\\": out += "\\\\"
        case _ where scalar.value < 0x20:
            let digits = String(scalar.value, radix: 16)
            out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: out.unicodeScalars.append(scalar)
        }
    }
    return out + "\""
}
