import ArgumentParser
import FoundationEssentials
import PeerKit

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Prints a line at once, also into a pipe.
func printNow(_ line: String) {
    print(line)
    fflush(nil)
}

/// How a client command reports.
enum Format: String, ExpressibleByArgument { case text, json }

/// What every client command takes.
struct Question: ParsableArguments {
    @OptionGroup var network: Network
    @Option(help: "Where to listen; nowhere by default, so that the peer is a client.")
    var listen: String?
    @Option(help: "text or json.") var format = Format.json
    @Option(help: "Seconds for the whole command.") var timeout = 30.0
    @Option(help: "Seconds to stay afterwards, for others to come back to.") var stay = 0.0

    /// Starts a peer, waits until it knows somebody to ask, asks, reports and stops.
    func ask(
        _ body: @escaping @Sendable (Kademlia, PeerNode) async throws -> some Encodable & Sendable
    ) async throws {
        Runtime.tuneAllocatorForThroughput()
        do {
            var configuration = PeerNodeConfiguration()
            configuration.listenAddresses = try listen.map { [try Multiaddr($0)] } ?? []
            configuration.log.logLevel = .error
            let table = Kademlia(try network.settings())
            let node = try await PeerNode(
                identity: .generate(), configuration: configuration
            ) { table }
            try await node.start()
            do {
                let answer = try await node.runtime.withTimeout(.seconds(timeout)) {
                    try await entered(table, node)
                    return try await body(table, node)
                }
                report(answer)
                if stay > 0 { try await node.runtime.sleep(for: .seconds(stay)) }
            } catch {
                await node.stop()
                throw error
            }
            await node.stop()
        } catch {
            if format == .json { report(Failure(error: "\(error)")) }
            let line = Array("error: \(error)\n".utf8)
            _ = write(2, line, line.count)
            throw ExitCode.failure
        }
    }

    /// Connects to the peers given and waits until the first is in the table.
    private func entered(_ table: Kademlia, _ node: PeerNode) async throws {
        for address in network.bootstrap { try await node.connect(to: try Multiaddr(address)) }
        while await table.statistics.peers == 0 {
            try await node.runtime.sleep(for: .milliseconds(20))
        }
    }

    private func report(_ answer: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(answer) else { return }
        printNow(String(decoding: data, as: UTF8.self))
    }
}

private struct Failure: Encodable {
    var ok = false
    var error: String
}

/// What was found, with `"ok"` in front of it.
struct Answer<Content: Encodable & Sendable>: Encodable, Sendable {
    var content: Content
    var extra: [String: String] = [:]

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(true, forKey: Key("ok"))
        for (name, value) in extra { try container.encode(value, forKey: Key(name)) }
        try content.encode(to: encoder)
    }
}

struct FindPeer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find-peer", abstract: "Find where a peer is.")
    @Argument(help: "The peer's ID.") var peer: String
    @OptionGroup var question: Question

    func run() async throws {
        let peer = try PeerID(peer)
        try await question.ask { table, _ in Answer(content: try await table.findPeer(peer)) }
    }
}

struct Closest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find the peers nearest to a peer's ID.")
    @Argument(help: "The peer's ID.") var peer: String
    @OptionGroup var question: Question

    func run() async throws {
        let peer = try PeerID(peer)
        try await question.ask { table, _ in
            Answer(content: try await table.closestPeers(to: peer.bytes))
        }
    }
}

struct Put: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Store a value; without arguments this peer's own public key under /pk/.")
    @Argument(help: "The key: text, or /pk/ID and /ipns/ID.") var key: String?
    @Argument(help: "The value in hexadecimal.") var value: String?
    @OptionGroup var question: Question

    func run() async throws {
        let name = key
        let key = try key.map(recordKey)
        let value = try value.map(bytes(hexadecimal:))
        try await question.ask { table, node in
            let key = key ?? PublicKeyValidator.key(of: node.peerID)
            let value = value ?? node.identity.publicKey.protobuf
            return Answer(
                content: try await table.put(value, for: key),
                extra: ["key": name ?? "/pk/\(node.peerID)", "value": hexadecimal(value)])
        }
    }
}

struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Find a value.")
    @Argument(help: "The key: text, or /pk/ID and /ipns/ID.") var key: String
    @Option(help: "Holders that must agree.") var quorum = 1
    @OptionGroup var question: Question

    func run() async throws {
        let key = try recordKey(key)
        let quorum = quorum
        try await question.ask { table, _ in
            let got = try await table.get(key, quorum: quorum)
            return Answer(content: got.report, extra: ["value": hexadecimal(got.value)])
        }
    }
}

struct Provide: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell the network that this peer has a content.")
    @Argument(help: "The content: a CID, or any text, which is hashed.") var content: String
    @OptionGroup var question: Question

    func run() async throws {
        let cid = contentID(content)
        try await question.ask { table, node in
            Answer(
                content: try await table.provide(cid), extra: ["provider": "\(node.peerID)"])
        }
    }
}

struct FindProviders: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find-providers", abstract: "Find who has a content.")
    @Argument(help: "The content: a CID, or any text, which is hashed.") var content: String
    @Option(help: "Enough.") var limit = 20
    @OptionGroup var question: Question

    func run() async throws {
        let (cid, limit) = (contentID(content), limit)
        try await question.ask { table, _ in
            Answer(content: try await table.findProviders(of: cid, limit: limit))
        }
    }
}

/// A key as its namespace has it: peer IDs in binary.
private func recordKey(_ text: String) throws -> [UInt8] {
    for prefix in ["/pk/", "/ipns/"] where text.hasPrefix(prefix) {
        return Array(prefix.utf8) + (try PeerID(String(text.dropFirst(prefix.count)))).bytes
    }
    return Array(text.utf8)
}

private func contentID(_ text: String) -> CID {
    if let cid = try? CID(text) { return cid }
    return CID(codec: .raw, multihash: .sha256(of: Array(text.utf8)))
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

private func bytes(hexadecimal text: String) throws -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    guard digits.count == text.count, digits.count.isMultiple(of: 2) else {
        throw ValidationError("\"\(text)\" is not hexadecimal")
    }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
