import struct NIOCore.ByteBuffer

/// Writing what is queued for peers.
///
/// Nothing is written in the middle of a turn but when everything else that was ready has had its
/// own: copies that came from several peers at once are then known, and are not sent back to them.
/// All that waits goes out together, without a task for each peer: a mesh passes a message on in one
/// turn of this executor and one of each other that carries some of the connections. A task is
/// started only for a stream that must be opened, or that cannot take everything at once.
extension GossipRouter {
    /// Sends to a peer at the end of this turn.
    func startSending(to peer: PeerID) {
        guard let link = links[peer], !link.isSending, link.retryAt == nil else { return }
        link.isSending = true
        unsent.append((peer, link.generation))
        guard unsent.count == 1 else { return }
        executor.execute { [weak self] in self?.assumeIsolated { $0.sendAll() } }
    }

    private func sendAll() {
        let receivers = unsent
        unsent.removeAll(keepingCapacity: true)
        var departures: [Departure] = []
        for (peer, generation) in receivers {
            guard let stream = links[peer]?.outbound else {
                startTask(to: peer, generation, first: nil)
                continue
            }
            while let bytes = nextBytes(for: peer, generation) {
                let parcel = Parcel(
                    peer: peer, generation: generation, stream: stream, bytes: bytes)
                guard stream.executor === executor else {
                    Self.add(parcel, to: &departures)
                    break
                }
                guard stream.writeAtOnce(bytes) else {
                    startTask(to: peer, generation, first: bytes)
                    break
                }
            }
        }
        for departure in departures { dispatch(departure) }
    }

    // MARK: Connections on other executors

    /// Bytes for one peer, on their way to the executor of its connection.
    struct Parcel: Sendable {
        let peer: PeerID
        let generation: UInt64
        let stream: PeerStream
        let bytes: ByteBuffer
    }

    /// What goes to one executor in one turn.
    private struct Departure: Sendable {
        let executor: any RuntimeExecutor
        var parcels: [Parcel]
    }

    /// There are as many departures as event loops at most, so looking through them is cheap.
    private static func add(_ parcel: Parcel, to departures: inout [Departure]) {
        let executor = parcel.stream.executor
        if let index = departures.firstIndex(where: { $0.executor === executor }) {
            departures[index].parcels.append(parcel)
        } else {
            departures.append(Departure(executor: executor, parcels: [parcel]))
        }
    }

    private func dispatch(_ departure: Departure) {
        let parcels = departure.parcels
        departure.executor.execute { [weak self, executor] in
            let wereTaken = parcels.map { $0.stream.writeAtOnce($0.bytes) }
            executor.execute { [weak self] in
                self?.assumeIsolated { $0.settle(parcels, wereTaken) }
            }
        }
    }

    /// Goes on with what was queued meanwhile, and waits for the streams that were not ready.
    private func settle(_ parcels: [Parcel], _ wereTaken: [Bool]) {
        for (parcel, wasTaken) in zip(parcels, wereTaken) {
            guard let link = links[parcel.peer], link.generation == parcel.generation else {
                continue
            }
            guard wasTaken else {
                startTask(to: parcel.peer, parcel.generation, first: parcel.bytes)
                continue
            }
            link.isSending = false
            link.writingSince = nil
            if !link.queue.isEmpty { startSending(to: parcel.peer) }
        }
    }

    // MARK: Streams that make us wait

    private func startTask(to peer: PeerID, _ generation: UInt64, first: ByteBuffer?) {
        guard links[peer]?.generation == generation else { return }
        tasks.start(on: executor) { [weak self] in
            await self?.send(first, to: peer, generation)
        }
    }

    private func send(_ first: ByteBuffer?, to peer: PeerID, _ generation: UInt64) async {
        do {
            let stream = try await outboundStream(to: peer, generation)
            if let first { try await stream.write(first) }
            while let bytes = nextBytes(for: peer, generation) { try await stream.write(bytes) }
        } catch {
            guard links[peer]?.generation == generation else { return }
            streamFailed(error, to: peer)
        }
    }

    /// What waits, several frames in one write; `nil` when it is all sent.
    private func nextBytes(for peer: PeerID, _ generation: UInt64) -> ByteBuffer? {
        guard let link = links[peer], link.generation == generation, link.isSending else {
            return nil
        }
        guard let bytes = link.queue.next(upTo: 64 << 10) else {
            link.isSending = false
            link.writingSince = nil
            return nil
        }
        link.writingSince = now
        return bytes
    }

    private func outboundStream(
        to peer: PeerID, _ generation: UInt64
    ) async throws -> PeerStream {
        if let link = links[peer], link.generation == generation, let stream = link.outbound {
            return stream
        }
        guard let node, isConnected(to: peer) else { throw StreamError.cancelled }
        let mine = configuration.versions.sorted(by: >)
        let known = protocols(of: peer)
        // With one name the stream opens without waiting for the answer.
        let best = GossipSubVersion.best(of: mine, in: known)
        let stream = try await node.newStream(
            to: peer, protocols: (best.map { [$0] } ?? mine).map(\.protocolID))
        guard let link = links[peer], link.generation == generation, !isStopped else {
            await stream.reset()
            throw StreamError.cancelled
        }
        link.outbound = stream
        link.openedAt = now
        tasks.start(on: executor) { [weak self] in
            await self?.watch(stream, to: peer, generation)
        }
        if let version = GossipSubVersion(stream.protocolID) {
            machine.setVersion(version, of: peer)
        }
        return stream
    }
}
