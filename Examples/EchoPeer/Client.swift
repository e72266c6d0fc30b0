import ArgumentParser
import NIOCore
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
struct Target: ParsableArguments {
    @Argument(help: "Where the peer listens: /ip4/ADDRESS/tcp/PORT/p2p/ID.") var address: String
    @Option(help: "text or json.") var format = Format.text
    @Option(help: "Seconds for the whole command.") var timeout = 30.0

    /// Connects a node that does not listen, runs `body` against the peer, reports, stops.
    func withPeer(
        _ body: @escaping @Sendable (PeerNode, PeerID) async throws -> [(String, String)]
    ) async throws {
        Runtime.tuneAllocatorForThroughput()
        do {
            let address = try Multiaddr(address)
            var settings = PeerNodeConfiguration()
            settings.listenAddresses = []
            settings.log.logLevel = .error
            let node = try await PeerNode(identity: .generate(), configuration: settings)
            try await node.start()
            let facts: [(String, String)]
            do {
                facts = try await node.runtime.withTimeout(.seconds(timeout)) {
                    try await body(node, try await node.connect(to: address))
                }
            } catch {
                await node.stop()
                throw error
            }
            await node.stop()
            report([("ok", "true")] + facts)
        } catch {
            if format == .json { report([("ok", "false"), ("error", quoted("\(error)"))]) }
            let line = Array("error: \(error)\n".utf8)
            _ = write(2, line, line.count)
            throw ExitCode.failure
        }
    }

    private func report(_ facts: [(String, String)]) {
        switch format {
        case .json: print("{" + facts.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}")
        case .text: print(facts.map { "\($0.0)=\($0.1)" }.joined(separator: " "))
        }
    }
}

/// A JSON string.
func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": out += "\\\""
        case "\\": out += "\\\\"
        case _ where scalar.value < 0x20:
            out +=
                "\\u" + String(repeating: "0", count: 4 - String(scalar.value, radix: 16).count)
                + String(scalar.value, radix: 16)
        default: out.unicodeScalars.append(scalar)
        }
    }
    return out + "\""
}

/// A JSON array.
func list(_ items: [String]) -> String { "[" + items.joined(separator: ",") + "]" }

struct Dial: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Have a peer echo bytes.")
    @OptionGroup var target: Target
    @Option(help: "Bytes to send on each stream.") var bytes = 1024
    @Option(help: "Streams at once on one connection.") var streams = 1
    @Option(name: .customLong("protocol"), help: "The protocol to speak.")
    var protocolID = Echo.protocolID
    @Flag(help: "End our half before reading, and insist on an orderly end of theirs.")
    var halfClose = false

    func validate() throws {
        guard bytes >= 0 else { throw ValidationError("--bytes must not be negative") }
        guard (1...1000).contains(streams) else {
            throw ValidationError("--streams must be between 1 and 1000")
        }
    }

    func run() async throws {
        let (bytes, streams, protocolID, halfClose) = (bytes, streams, protocolID, halfClose)
        try await target.withPeer { node, peer in
            let start = node.runtime.clock.now
            try await withThrowingTaskGroup { group in
                for number in 0..<streams {
                    group.addTask {
                        let stream = try await node.newStream(to: peer, protocol: protocolID)
                        try await echo(bytes, seed: number, over: stream, halfClose: halfClose)
                    }
                }
                try await group.waitForAll()
            }
            let seconds = start.duration(to: node.runtime.clock.now).seconds
            return [
                ("peerID", quoted(peer.description)), ("bytes", "\(bytes)"),
                ("streams", "\(streams)"),
                ("connections", "\(await node.snapshot(of: peer)?.connections.count ?? 0)"),
                ("seconds", "\(seconds)"),
            ]
        }
    }
}

/// Sends `count` bytes and checks that the same come back.
///
/// With `halfClose`, this half ends before the echo is read and theirs must end in order after it.
/// Not every peer can do that: some daemons turn a half-close into a full one.
func echo(_ count: Int, seed: Int, over stream: PeerStream, halfClose: Bool) async throws {
    try await withThrowingTaskGroup { group in
        group.addTask {
            var sent = 0
            while sent < count {
                let part = pattern(from: sent, count: min(65536, count - sent), seed: seed)
                try await stream.write(part)
                sent += part.readableBytes
            }
            if halfClose { await stream.closeWrite() }
        }
        group.addTask {
            var got = 0
            while got < count, let part = try await stream.read() {
                guard got + part.readableBytes <= count,
                    part == pattern(from: got, count: part.readableBytes, seed: seed)
                else { throw EchoError.different(at: got) }
                got += part.readableBytes
            }
            guard got == count else { throw EchoError.short(got: got, of: count) }
            if halfClose, try await stream.read() != nil { throw EchoError.different(at: count) }
        }
        try await group.waitForAll()
    }
    await stream.close()
}

/// Bytes that can be checked wherever they are cut.
private func pattern(from start: Int, count: Int, seed: Int) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.writeBytes(
        (start..<start + count).lazy.map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &+ seed) })
    return buffer
}

enum EchoError: Error, CustomStringConvertible {
    case different(at: Int)
    case short(got: Int, of: Int)

    var description: String {
        switch self {
        case .different(let position): "the echo differs at byte \(position)"
        case .short(let got, let count): "the echo ended after \(got) of \(count) bytes"
        }
    }
}

struct Identify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what a peer says of itself.")
    @OptionGroup var target: Target

    func run() async throws {
        try await target.withPeer { node, peer in
            let events = node.events()
            if let info = await node.snapshot(of: peer)?.identity { return facts(peer, info) }
            for await case .identified(peer, let info) in events { return facts(peer, info) }
            throw EchoError.short(got: 0, of: 1)
        }
    }
}

private func facts(_ peer: PeerID, _ info: IdentifyInfo) -> [(String, String)] {
    [
        ("peerID", quoted(peer.description)), ("agentVersion", quoted(info.agentVersion)),
        ("protocolVersion", quoted(info.protocolVersion)),
        ("protocols", list(info.protocols.map(quoted))),
        ("listenAddresses", list(info.listenAddresses.map { quoted($0.description) })),
        ("observedAddress", info.observedAddress.map { quoted($0.description) } ?? "null"),
        (
            "signedPeerRecord",
            info.record.map {
                "{\"peerID\":\(quoted($0.peerID.description)),\"sequence\":\($0.sequence),"
                    + "\"addresses\":"
                    + list($0.addresses.map { quoted($0.description) }) + "}"
            } ?? "null"
        ),
    ]
}

struct Ping: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Measure round trips to a peer.")
    @OptionGroup var target: Target
    @Option(help: "Number of pings.") var count = 5

    func run() async throws {
        let count = count
        try await target.withPeer { node, peer in
            let times = try await node.ping(peer, count: count)
            return [
                (
                    "roundTripMicroseconds",
                    list(times.map { "\(($0.seconds * 1e7).rounded() / 10)" })
                )
            ]
        }
    }
}
