import struct NIOCore.ByteBuffer

/// Notices dead peers sooner than their connections do: probes who is silent, asks others to do so,
/// and closes the connections with who answers nobody. See ``LivenessMachine``.
///
/// It also has peers forgotten that were long without a connection
/// (``HostLimits/peerMemory``).
public actor Liveness: PeerService {
    /// Asks a peer to ping another: the request is a message with its ID, the answer a message of
    /// one byte, 1 if it was reached. Only peers that the one who is asked is connected with are
    /// pinged, nobody is dialled.
    public static let protocolID: ProtocolID = "/psic/probe/1.0.0"

    /// For logs and errors.
    public nonisolated let name = "liveness"
    private let limits: LivenessLimits
    private var machine: LivenessMachine
    /// Favours under way.
    private var favours = 0

    /// A service with `limits`.
    public init(_ limits: LivenessLimits = .init()) {
        self.limits = limits
        machine = LivenessMachine(limits: limits)
    }

    /// What has come of suspicions so far.
    public var statistics: LivenessStatistics { machine.statistics }

    /// Serves the probe protocol.
    public nonisolated func attach(to node: PeerNode) async throws {
        await node.handle(Self.protocolID) { [weak self, weak node] stream in
            guard let self, let node else { return }
            try await self.answer(stream, on: node)
        }
    }

    /// Watches until it is cancelled.
    public nonisolated func run(on node: PeerNode) async throws {
        await withDiscardingTaskGroup { group in
            while (try? await node.runtime.sleep(for: limits.interval)) != nil {
                let heard = await node.bytesHeard()
                for action in await look(heard, node) {
                    group.addTask { await self.perform(action, on: node) }
                }
                await node.forgetStalePeers()
            }
            group.cancelAll()
        }
    }

    private func look(
        _ heard: [(peer: PeerID, received: UInt64)], _ node: PeerNode
    ) -> [LivenessMachine.Action] {
        machine.look(heard, at: node.runtime.clock.now)
    }

    // MARK: Asking

    private func perform(_ action: LivenessMachine.Action, on node: PeerNode) async {
        switch action {
        case .probe(let peer):
            let isAlive = await ping(peer, on: node)
            guard !Task.isCancelled else { return }
            if isAlive {
                machine.probeSucceeded(peer, at: node.runtime.clock.now)
                return
            }
            let candidates = await node.connectedPeers(speaking: Self.protocolID)
            var generator = RuntimeGenerator(node.runtime.random)
            let next = machine.probeFailed(
                peer, candidates: candidates, at: node.runtime.clock.now, using: &generator)
            for action in next { await perform(action, on: node) }
        case .ask(let helpers, let peer):
            let isReached = await ask(helpers, about: peer, on: node)
            guard !Task.isCancelled else { return }
            let next = machine.othersAnswered(
                peer, reached: isReached, at: node.runtime.clock.now)
            for action in next { await perform(action, on: node) }
        case .drop(let peer):
            await node.dropDead(peer)
        }
    }

    private nonisolated func ping(_ peer: PeerID, on node: PeerNode) async -> Bool {
        guard await node.isConnected(to: peer) else { return false }
        let times = try? await node.runtime.withTimeout(limits.probeTimeout) { [limits] in
            try await node.ping(peer, timeout: limits.probeTimeout)
        }
        return times != nil
    }

    /// Whether one of the helpers reaches the peer.
    private nonisolated func ask(
        _ helpers: [PeerID], about peer: PeerID, on node: PeerNode
    ) async -> Bool {
        await withTaskGroup { group in
            for helper in helpers {
                group.addTask { await self.ask(helper, about: peer, on: node) }
            }
            for await isReached in group where isReached {
                group.cancelAll()
                return true
            }
            return false
        }
    }

    private nonisolated func ask(
        _ helper: PeerID, about peer: PeerID, on node: PeerNode
    ) async -> Bool {
        guard await node.isConnected(to: helper) else { return false }
        let answer = try? await node.runtime.withTimeout(limits.probeTimeout * 2) {
            let stream = try await node.newStream(to: helper, protocol: Self.protocolID)
            do {
                try await stream.writeMessage(peer.bytes)
                let answer = try await stream.readMessage(limit: LivenessLimits.answerBytes)
                await stream.close()
                return answer.map { Array($0.readableBytesView) } ?? []
            } catch {
                await stream.reset()
                throw error
            }
        }
        return answer == [1]
    }

    // MARK: Answering

    private nonisolated func answer(_ stream: PeerStream, on node: PeerNode) async throws {
        await stream.setDeadline(
            node.runtime.clock.now.advanced(by: limits.probeTimeout * 2))
        let request: ByteBuffer?
        do throws(StreamError) {
            request = try await stream.readMessage(limit: LivenessLimits.maximumRequestBytes)
        } catch {
            if case .messageTooLong = error {
                node.report(
                    PeerFault(.protocolViolation, in: Self.protocolID, "\(error)"),
                    by: stream.remotePeer)
            }
            throw error
        }
        guard let request else { return }
        guard let peer = try? PeerID(bytes: Array(request.readableBytesView)) else {
            node.report(
                PeerFault(.protocolViolation, in: Self.protocolID, "not a peer ID"),
                by: stream.remotePeer)
            return await stream.reset()
        }
        guard await beginFavour() else { return try await stream.writeMessage([0]) }
        let isReached = await ping(peer, on: node)
        await endFavour()
        try await stream.writeMessage([isReached ? 1 : 0])
    }

    private func beginFavour() -> Bool {
        guard favours < LivenessLimits.maximumFavours else { return false }
        favours += 1
        return true
    }

    private func endFavour() { favours -= 1 }
}

extension PeerNode {
    /// Connected peers with the bytes received of each, in the order of their IDs.
    func bytesHeard() async -> [(peer: PeerID, received: UInt64)] {
        var list: [(peer: PeerID, received: UInt64)] = []
        for peer in connectedPeers {
            var received: UInt64 = 0
            for connection in await peers[peer]?.connectionList ?? [] {
                received &+= await connection.traffic.received
            }
            list.append((peer, received))
        }
        return list
    }

    /// Connected peers that have said they speak a protocol, in the order of their IDs.
    func connectedPeers(speaking protocolID: ProtocolID) -> [PeerID] {
        connectedPeers.filter { identity(of: $0)?.protocols.contains(protocolID) ?? false }
    }

    /// Closes every connection with a peer that gives no sign of life.
    func dropDead(_ peer: PeerID) async {
        guard let remote = peers[peer] else { return }
        report(PeerFault(.unresponsive, in: Liveness.protocolID, "no sign of life"), by: peer)
        for connection in await remote.connectionList {
            await connection.end(.timedOut("no sign of life"), abort: true)
        }
    }

    /// Forgets peers that were without connection for ``HostLimits/peerMemory``.
    func forgetStalePeers() {
        let now = runtime.clock.now
        let memory = configuration.limits.peerMemory
        for (id, peer) in peers {
            let isStale = peer.assumeIsolated {
                $0.isForgettable && $0.lastSeen.duration(to: now) >= memory
            }
            if isStale { peers[id] = nil }
        }
    }
}
