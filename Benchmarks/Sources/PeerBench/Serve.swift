import ArgumentParser
import Foundation
import NIOCore
import PeerKit

/// The protocol of the throughput measurement: eight bytes with a length, that many bytes, and the
/// length that arrived as the answer. The peers of the interop lab serve the same.
enum Sink {
    static let protocolID: ProtocolID = "/lab/sink"

    static func serve(_ stream: PeerStream) async throws {
        var head = try await stream.read(exactly: 8)
        let size = head.readInteger(as: UInt64.self) ?? 0
        var left = size
        while left > 0, let bytes = try await stream.read() {
            left -= min(left, UInt64(bytes.readableBytes))
        }
        try await stream.write(ByteBuffer(integer: size - left))
    }

    /// Sends `size` bytes in blocks and waits until the other side has counted them.
    static func send(_ size: Int, block: Int, over stream: PeerStream) async throws {
        try await stream.write(ByteBuffer(integer: UInt64(size)))
        let bytes = ByteBuffer(repeating: 0x5a, count: block)
        var left = size
        while left > 0 {
            let part = min(left, block)
            guard let slice = bytes.getSlice(at: bytes.readerIndex, length: part) else { break }
            try await stream.write(slice)
            left -= part
        }
        var answer = try await stream.read(exactly: 8)
        guard answer.readInteger(as: UInt64.self) == UInt64(size) else { throw SinkError.lost }
        await stream.close()
    }
}

enum SinkError: Error { case lost }

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve /lab/sink, ping and identify until SIGTERM.")
    @Option(help: "Where to listen.") var listen = "/ip4/127.0.0.1/tcp/0"

    func run() async throws {
        Runtime.tuneAllocatorForThroughput()
        let node = try await makeNode(listening: [try Multiaddr(listen)])
        await node.handle(Sink.protocolID) { try await Sink.serve($0) }
        try await node.start()
        try report([
            "event": "ready", "pid": getpid(),
            "addrs": await node.listenAddresses.map(\.description),
        ])
        // The driver ends this process by SIGTERM, whose default action is what is wanted.
        await node.stopped()
    }
}

/// A node that says nothing in logs.
func makeNode(listening addresses: [Multiaddr] = []) async throws -> PeerNode {
    var settings = PeerNodeConfiguration()
    settings.listenAddresses = addresses
    settings.log.logLevel = .critical
    return try await PeerNode(identity: .generate(), configuration: settings)
}

/// Which peer to measure against.
struct Target: ParsableArguments {
    @Argument(help: "Where the peer listens: /ip4/ADDRESS/tcp/PORT/p2p/ID.") var address: String
    @Option(help: "The peer's process, whose CPU time is to be measured too.") var pid: Int32?

    func dial(from node: PeerNode) async throws -> PeerID {
        try await node.connect(to: try Multiaddr(address))
    }
}
