import FedLearn
import PeerKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Answers control requests for one node.
actor NodeControl: ControlHandler {
    private let node: PeerNode
    private let federation: FederatedLearning?
    private let network: String?
    private let limits: ControlLimits
    private let started: Instant

    init(
        node: PeerNode, federation: FederatedLearning?, network: String?, limits: ControlLimits
    ) {
        self.node = node
        self.federation = federation
        self.network = network
        self.limits = limits
        started = node.runtime.clock.now
    }

    nonisolated func answer(
        _ method: ControlMethod,
        emit: @escaping @Sendable (any Encodable & Sendable) async throws -> Void
    ) async throws -> any Encodable & Sendable {
        switch method {
        case .status(let history):
            return await status(history: history)
        case .peers:
            return PeerList(peers: await node.snapshots().map(PeerEntry.init))
        case .connect(let target):
            let peer = try await node.connect(to: try Target(target))
            return ConnectedPeer(peerID: peer.description)
        case .ping(let target, let count, let interval):
            return try await ping(target, count, interval, emit)
        case .federation(let history, let isWatched):
            guard let federation else {
                throw CommandError(
                    .failure, "the node has no training task",
                    hint: "run it with --task FILE; psic-node fl create makes one")
            }
            if isWatched {
                // Subscribed first: a change in between comes twice rather than never.
                let updates = federation.statusUpdates()
                let first = await federation.status
                try await emit(trimmed(first, history))
                if FederationPhase.isEnd(first.phase) { return trimmed(first, history) }
                for await status in updates {
                    try await emit(trimmed(status, history))
                    if FederationPhase.isEnd(status.phase) { break }
                }
            }
            return trimmed(await federation.status, history)
        }
    }

    func status(history: Int = 0) async -> NodeStatus {
        let traffic = await node.traffic
        let status = await federation?.status
        return NodeStatus(
            peerID: node.peerID.description, version: Version.number, processID: getpid(),
            uptimeSeconds: started.duration(to: node.runtime.clock.now).seconds,
            listenAddresses: await node.listenAddresses.map(\.description), network: network,
            connectedPeers: await node.connectedPeers.count, bytesSent: traffic.sent,
            bytesReceived: traffic.received, federation: status.map { trimmed($0, history) })
    }

    private nonisolated func ping(
        _ target: String, _ count: Int, _ interval: Duration,
        _ emit: @escaping @Sendable (any Encodable & Sendable) async throws -> Void
    ) async throws -> PingReport {
        guard (1...limits.maximumPings).contains(count),
            (.zero...limits.maximumPingInterval).contains(interval)
        else { throw CommandError(.usage, "count or interval out of range") }
        let (replies, continuation) = AsyncStream.makeStream(
            of: PingReport.self, bufferingPolicy: .bufferingNewest(limits.maximumPings))
        let parsed = try Target(target)
        return try await withThrowingTaskGroup(of: PingReport?.self) { [node] group in
            group.addTask {
                defer { continuation.finish() }
                return try await node.ping(parsed, count: count, interval: interval) {
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

    private nonisolated func trimmed(_ status: FederationStatus, _ history: Int) -> FederationStatus
    {
        var status = status
        let count = min(max(0, history), limits.maximumHistory)
        status.history = Array(status.history.suffix(count))
        return status
    }
}

/// The names of a federation's phases.
enum FederationPhase {
    static let finished = "finished"
    static let failed = "failed"

    /// Whether nothing follows.
    static func isEnd(_ phase: String) -> Bool { phase == finished || phase == failed }
}
