import PeerKit

/// `ping`: measure round trips to a peer; an event for each.
struct PingPeer: ControlMethod, Equatable {
    static let name = "ping"
    typealias Answer = PingReport
    typealias Event = PingReport

    /// A multiaddr or a peer ID.
    var target: String
    /// How many; one if absent.
    var count: Int?
    /// The pause between two; none if absent.
    var intervalMilliseconds: Int?

    init(_ target: String, count: Int, interval: Duration) {
        self.target = target
        self.count = count
        intervalMilliseconds = Int(interval.milliseconds)
    }
}

/// Round trips to a peer, as events one by one and as answer all of them.
struct PingReport: Codable, Equatable, Sendable {
    var peerID: String
    /// In the order of the pings.
    var milliseconds: [Double]

    /// The summary line.
    var summary: String {
        guard let least = milliseconds.min(), let most = milliseconds.max() else {
            return "\(peerID): no replies"
        }
        let mean = milliseconds.reduce(0, +) / Double(milliseconds.count)
        let figures = [least, mean, most].map { Figures.fixed($0, digits: 3) }
        return "\(milliseconds.count) replies from \(peerID): min/mean/max "
            + figures.joined(separator: "/") + " ms"
    }
}

/// Round trips.
struct PingMethods: ControlArea {
    let node: PeerNode
    var limits = ControlLimits()

    func register(in registry: inout ControlRegistry) {
        registry.answer(PingPeer.self) { try await ping($0, $1) }
    }

    private func ping(
        _ method: PingPeer, _ emit: @escaping @Sendable (PingReport) async throws -> Void
    ) async throws -> PingReport {
        let count = method.count ?? 1
        let interval = Duration.milliseconds(method.intervalMilliseconds ?? 0)
        guard (1...limits.maximumPings).contains(count),
            (.zero...limits.maximumPingInterval).contains(interval)
        else { throw CommandError(.usage, "count or interval out of range") }
        let (replies, continuation) = AsyncStream.makeStream(
            of: PingReport.self, bufferingPolicy: .bufferingNewest(limits.maximumPings))
        let target = try Target(method.target)
        return try await withThrowingTaskGroup(of: PingReport?.self) { group in
            group.addTask {
                defer { continuation.finish() }
                return try await node.ping(target, count: count, interval: interval) {
                    continuation.yield($0)
                }
            }
            group.addTask {
                for await reply in replies { try await emit(reply) }
                return nil
            }
            var report: PingReport?
            while let result = try await group.next() { report = result ?? report }
            guard let report else { throw CancellationError() }
            return report
        }
    }
}
