import ArgumentParser
import PeerKit

struct Connects: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Connect and disconnect again and again.",
        discussion: """
            Each connection is secured and multiplexed anew: TCP, multistream, Noise, Yamux. With \
            --identify each also waits until the peer has told who it is, as go-libp2p's connect \
            does.
            """)
    @OptionGroup var target: Target
    @Option(help: "Connections in all.") var count = 500
    @Option(help: "Nodes that dial at once.") var nodes = 1
    @Flag(help: "Wait for identify before disconnecting.") var identify = false

    @concurrent func run() async throws {
        Runtime.tuneAllocatorForThroughput()
        let address = try Multiaddr(target.address)
        var dialers: [PeerNode] = []
        for _ in 0..<nodes {
            let node = try await makeNode()
            try await node.start()
            dialers.append(node)
        }
        let waits = identify
        let each = count / nodes
        for node in dialers {
            _ = try await Self.connect(node, to: address, count: 20, identify: waits)
        }
        var times: [Double] = []
        let cost = try await measure(peer: target.pid) {
            try await withThrowingTaskGroup { group in
                for node in dialers {
                    group.addTask {
                        try await Self.connect(node, to: address, count: each, identify: waits)
                    }
                }
                for try await part in group { times += part }
            }
        }
        times.sort()
        let count = Double(times.count)
        try report([
            "measure": "connects", "count": times.count, "nodes": nodes, "identify": identify,
            "per_s": count / cost.seconds,
            "ms_median": times.sortedValue(at: 0.5) * 1e3,
            "ms_p99": times.sortedValue(at: 0.99) * 1e3,
            "dialler_cpu_ms": cost.cpu / count * 1e3,
            "listener_cpu_ms": cost.peerCPU.map { $0 / count * 1e3 },
        ])
        for node in dialers { await node.stop() }
    }

    /// - Returns: The seconds that each connect took.
    private static func connect(
        _ node: PeerNode, to address: Multiaddr, count: Int, identify: Bool
    ) async throws -> [Double] {
        var times: [Double] = []
        var events = node.events().makeAsyncIterator()
        for _ in 0..<count {
            let start = wallSeconds()
            let peer = try await node.connect(to: address)
            if identify {
                while let event = await events.next() {
                    if case .identified = event { break }
                }
            }
            times.append(wallSeconds() - start)
            await node.disconnect(peer)
            while let event = await events.next() {
                if case .disconnected = event { break }
            }
        }
        return times
    }
}
