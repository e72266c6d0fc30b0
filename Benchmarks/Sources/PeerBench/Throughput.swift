import ArgumentParser
import PeerKit

struct Throughput: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send bytes one way over streams of one connection.")
    @OptionGroup var target: Target
    @Option(help: "MiB in all.") var mib = 512
    @Option(help: "Streams at once.") var streams = 1
    @Option(help: "Bytes of one write.") var block = 256 * 1024

    @concurrent func run() async throws {
        Runtime.tuneAllocatorForThroughput()
        let node = try await makeNode()
        try await node.start()
        let peer = try await target.dial(from: node)
        let block = block
        // Opens the windows and warms the allocator; not measured.
        try await Self.send(mib: 32, streams: streams, block: block, from: node, to: peer)
        let cost = try await measure(peer: target.pid) {
            try await Self.send(mib: mib, streams: streams, block: block, from: node, to: peer)
        }
        let perGiB = 1024 / Double(mib)
        try report([
            "measure": "throughput", "streams": streams, "mib": mib,
            "mib_per_s": Double(mib) / cost.seconds,
            "sender_cpu_s_per_gib": cost.cpu * perGiB,
            "receiver_cpu_s_per_gib": cost.peerCPU.map { $0 * perGiB },
        ])
        await node.stop()
    }

    private static func send(
        mib: Int, streams: Int, block: Int, from node: PeerNode, to peer: PeerID
    ) async throws {
        let each = (mib << 20) / streams
        try await withThrowingTaskGroup { group in
            for _ in 0..<streams {
                group.addTask {
                    let stream = try await node.newStream(to: peer, protocol: Sink.protocolID)
                    try await Sink.send(each, block: block, over: stream)
                }
            }
            try await group.waitForAll()
        }
    }
}
