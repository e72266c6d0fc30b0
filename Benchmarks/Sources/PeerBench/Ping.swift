import ArgumentParser
import PeerKit

struct Ping: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure round trips over one stream.")
    @OptionGroup var target: Target
    @Option(help: "Number of pings.") var count = 5000

    @concurrent func run() async throws {
        Runtime.tuneAllocatorForThroughput()
        let node = try await makeNode()
        try await node.start()
        let peer = try await target.dial(from: node)
        _ = try await node.ping(peer, count: 200)
        var times: [Double] = []
        let cost = try await measure(peer: target.pid) {
            times = try await node.ping(peer, count: count).map { $0.seconds * 1e6 }
        }
        times.sort()
        try report([
            "measure": "ping", "count": times.count,
            "us_p50": times.sortedValue(at: 0.5), "us_p99": times.sortedValue(at: 0.99),
            "us_min": times.first, "dialler_cpu_us": cost.cpu / Double(count) * 1e6,
            "listener_cpu_us": cost.peerCPU.map { $0 / Double(count) * 1e6 },
        ])
        await node.stop()
    }
}
