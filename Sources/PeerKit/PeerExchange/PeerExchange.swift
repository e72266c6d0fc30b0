import Logging
import Metrics

/// `/psic/pex/1.0.0`: peers tell each other of peers that they have reached themselves.
///
/// Two things go over a stream: a question with its answer, a random sample of signed peer records;
/// or the announcement of a peer that is new in the network, which peers that stand well pass on a
/// few times. What comes in goes to the address book and, as
/// ``PeerEvent/discovered(_:_:source:)``, to whoever wants to dial.
///
/// Isolation: an actor without executor of its own; it runs where its caller runs.
public actor PeerExchange: PeerService, PeerSource {
    /// The protocol.
    public static let protocolID: ProtocolID = "/psic/pex/1.0.0"
    /// Peers asked at once by ``findSome(_:)``.
    static let peersAskedAtOnce = 2
    /// Announcements being sent at once.
    static let sendersAtOnce = 8

    /// For logs, errors and reports.
    public nonisolated let name = "peer-exchange"
    nonisolated let limits: PeerExchangeLimits
    nonisolated let addressBook: AddressBook
    private var machine: PeerExchangeMachine?
    private weak var node: PeerNode?
    private var events: AsyncStream<PeerEvent>?
    private nonisolated let outgoing: AsyncStream<Outgoing>
    private nonisolated let outbox: AsyncStream<Outgoing>.Continuation
    private var counters: Counters?

    /// An announcement on its way to one peer.
    private struct Outgoing: Sendable {
        var peer: PeerID
        var message: [UInt8]
    }

    /// Peer exchange from and into `addressBook`, which must be a service of the same node and
    /// stand before this one.
    public init(addressBook: AddressBook, limits: PeerExchangeLimits = .init()) {
        self.addressBook = addressBook
        self.limits = limits
        (outgoing, outbox) = AsyncStream.makeStream(
            of: Outgoing.self, bufferingPolicy: .bufferingNewest(limits.maximumOutgoing))
    }

    /// Serves the protocol.
    public func attach(to node: PeerNode) async throws {
        self.node = node
        machine = PeerExchangeMachine(
            localPeer: node.peerID, limits: limits, now: node.runtime.clock.now)
        events = node.events()
        counters = Counters(node.configuration.metrics)
        await node.handle(Self.protocolID) { [weak self, weak node] stream in
            guard let self, let node else { return }
            try await self.serve(stream, on: node)
        }
    }

    /// Announces who comes and passes on announcements until it is cancelled.
    public func run(on node: PeerNode) async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.follow(node) }
            group.addTask { await self.send(from: node) }
            for await _ in group {}
        }
    }

    /// What has happened so far.
    var statistics: PeerExchangeMachine.Statistics { machine?.statistics ?? .init() }

    // MARK: Asking

    /// Asks connected peers for `count` peers altogether.
    public func findSome(_ count: Int) async throws -> [KnownPeer] {
        guard let node else { throw PeerSourceError.nobodyToAsk }
        let partners = await chosenPartners(of: node)
        guard !partners.isEmpty else { throw PeerSourceError.nobodyToAsk }
        let wanted = min(max(1, count), limits.maximumRecords)
        return try await withThrowingTaskGroup(of: [KnownPeer].self) { group in
            for partner in partners {
                group.addTask { try await self.ask(partner, for: wanted, from: node) }
            }
            var found: [KnownPeer] = []
            var failure: (any Error)?
            while let result = await group.nextResult() {
                switch result {
                case .success(let peers):
                    found += peers.filter { peer in !found.contains { $0.id == peer.id } }
                case .failure(let error): failure = error
                }
            }
            if found.isEmpty, let failure { throw PeerSourceError.noAnswer("\(failure)") }
            return found
        }
    }

    private func chosenPartners(of node: PeerNode) async -> [PeerID] {
        var generator = RuntimeGenerator(node.runtime.random)
        let candidates = await partners(of: node).shuffled(using: &generator)
        let now = node.runtime.clock.now
        var chosen: [PeerID] = []
        for peer in candidates where chosen.count < Self.peersAskedAtOnce {
            if machine?.ask(peer, at: now) == true { chosen.append(peer) }
        }
        return chosen
    }

    /// Connected peers that speak the protocol and stand well.
    private nonisolated func partners(of node: PeerNode) async -> [PeerID] {
        var list: [PeerID] = []
        for peer in await node.connectedPeers where standsWell(peer, with: node) {
            if await node.identity(of: peer)?.protocols.contains(Self.protocolID) == true {
                list.append(peer)
            }
        }
        return list
    }

    private nonisolated func standsWell(_ peer: PeerID, with node: PeerNode) -> Bool {
        node.standing(of: peer) >= limits.minimumStanding
    }

    private func ask(
        _ peer: PeerID, for count: Int, from node: PeerNode
    ) async throws -> [KnownPeer] {
        let stream = try await node.newStream(to: peer, protocol: Self.protocolID)
        await stream.setDeadline(node.runtime.clock.now.advanced(by: limits.timeout))
        try await stream.writeMessage(PeerExchangeCodec.encode(.question(count: count)))
        await stream.closeWrite()
        // A peer that will not answer now ends the stream; that is no fault.
        guard let bytes = try await stream.readMessage(limit: limits.maximumMessageBytes) else {
            await stream.close()
            return []
        }
        await stream.close()
        let records: [[UInt8]]
        do throws(PeerExchangeError) {
            guard
                case .answer(let list) = try PeerExchangeCodec.decode(
                    Array(bytes.readableBytesView), limits: limits)
            else { throw .unexpected }
            guard list.count <= count else {
                throw .tooManyRecords(count: list.count, limit: count)
            }
            records = list
        } catch {
            node.report(PeerFault(.protocolViolation, in: Self.protocolID, "\(error)"), by: peer)
            throw error
        }
        var found: [KnownPeer] = []
        for envelope in records {
            if let known = await takeIn(envelope, from: peer, on: node) { found.append(known) }
        }
        return found
    }

    /// Checks a record and keeps it.
    private func takeIn(
        _ envelope: [UInt8], from teller: PeerID, on node: PeerNode
    ) async -> KnownPeer? {
        guard let record = verified(envelope, from: teller, on: node) else { return nil }
        return await keep(record, envelope, from: teller, on: node)
    }

    private func verified(
        _ envelope: [UInt8], from teller: PeerID, on node: PeerNode
    ) -> PeerRecord? {
        guard machine?.mayVerify(at: node.runtime.clock.now) == true else { return nil }
        do throws(PeerRecordError) {
            return try PeerRecord.open(envelope)
        } catch {
            counters?.invalid.increment()
            node.report(PeerFault(.invalidContent, in: Self.protocolID, "\(error)"), by: teller)
            return nil
        }
    }

    private func keep(
        _ record: PeerRecord, _ envelope: [UInt8], from teller: PeerID, on node: PeerNode
    ) async -> KnownPeer? {
        guard record.peerID != node.peerID, !record.addresses.isEmpty else { return nil }
        let outcome = await addressBook.certify(
            record, envelope: envelope, from: teller, on: node)
        if case .outdated = outcome { return nil }
        if await !node.isConnected(to: record.peerID) {
            machine?.claimed(record.peerID, by: teller)
        }
        await node.learn(record.peerID, at: record.addresses.reversed(), source: name)
        return KnownPeer(
            id: record.peerID, addresses: record.addresses, signedRecord: envelope)
    }

    /// Hears how dials have ended: recommendations that come to nothing count against their maker.
    public func dialled(_ peer: PeerID, isReached: Bool) async {
        guard let node else { return }
        let now = node.runtime.clock.now
        guard let liar = machine?.tried(peer, isReached: isReached, at: now) else { return }
        counters?.liars.increment()
        node.report(
            PeerFault(
                .falseClaim, in: Self.protocolID,
                "hardly any of the peers it recommends can be reached"), by: liar)
    }

    // MARK: Serving

    private func serve(_ stream: PeerStream, on node: PeerNode) async throws {
        let peer = stream.remotePeer
        await stream.setDeadline(node.runtime.clock.now.advanced(by: limits.timeout))
        guard let bytes = try await stream.readMessage(limit: limits.maximumMessageBytes) else {
            return
        }
        do throws(PeerExchangeError) {
            switch try PeerExchangeCodec.decode(Array(bytes.readableBytesView), limits: limits) {
            case .question(let count):
                guard let answer = await answer(to: stream, count: count, on: node) else { return }
                do { try await stream.writeMessage(answer) } catch { return }
            case .announcement(let envelope, let hops):
                await announced(envelope, hops: hops, by: peer, on: node)
            case .answer:
                throw .unexpected
            }
        } catch {
            node.report(PeerFault(.protocolViolation, in: Self.protocolID, "\(error)"), by: peer)
            throw error
        }
    }

    private func answer(
        to stream: PeerStream, count: Int, on node: PeerNode
    ) async -> [UInt8]? {
        let peer = stream.remotePeer
        // Who goes on asking counts on, until the standing book has had enough.
        guard let allowed = machine?.answer(peer, count: count, at: node.runtime.clock.now) else {
            node.report(PeerFault(.excess, in: Self.protocolID, "asks too often"), by: peer)
            return nil
        }
        guard standsWell(peer, with: node) else { return nil }
        let asker = stream.connection.remoteAddress.ipAddress
        let sample = await addressBook.sample(allowed) { subject, addresses in
            subject != peer
                && addresses.contains {
                    $0.tcpDialTarget != nil && $0.makesSense(with: asker)
                }
        }
        counters?.told.increment(by: sample.count)
        return PeerExchangeCodec.encode(.answer(records: sample.compactMap(\.signedRecord)))
    }

    // MARK: Announcements

    private func announced(
        _ envelope: [UInt8], hops: Int, by teller: PeerID, on node: PeerNode
    ) async {
        let now = node.runtime.clock.now
        guard machine?.mayAnnounce(teller, at: now) == true else {
            node.report(PeerFault(.excess, in: Self.protocolID, "announces too much"), by: teller)
            return
        }
        guard standsWell(teller, with: node) else { return }
        guard let record = verified(envelope, from: teller, on: node),
            case .new(let rest)? = machine?.announced(record, hops: hops),
            await keep(record, envelope, from: teller, on: node) != nil
        else { return }
        await passOn(envelope, of: record.peerID, hops: rest, except: teller, from: node)
    }

    /// A peer has dialled this node: it may be new in the network.
    private func met(_ peer: PeerID, _ info: IdentifyInfo, _ node: PeerNode) async {
        guard let record = info.record, let envelope = info.signedRecord,
            envelope.count <= limits.maximumRecordBytes, standsWell(peer, with: node)
        else { return }
        let connections = await node.connections(with: peer)
        // Only who dialled: others were known to the network before. And only who names the address
        // it came from, so that nobody is sent to a third party.
        let sources = connections.filter { $0.direction == .inbound }
            .compactMap(\.remoteAddress.ipAddress)
        guard
            record.addresses.contains(where: { address in
                address.ipAddress.map { sources.contains($0) } ?? false
            }),
            case .new(let hops)? = machine?.announced(record, hops: nil)
        else { return }
        await passOn(envelope, of: peer, hops: hops, except: nil, from: node)
    }

    private func passOn(
        _ envelope: [UInt8], of subject: PeerID, hops: Int, except teller: PeerID?,
        from node: PeerNode
    ) async {
        guard hops > 0 else { return }
        var generator = RuntimeGenerator(node.runtime.random)
        let partners = await partners(of: node)
        let audience =
            machine?.audience(
                of: partners, except: teller, about: subject, using: &generator) ?? []
        let message = PeerExchangeCodec.encode(.announcement(record: envelope, hops: hops))
        for peer in audience { outbox.yield(Outgoing(peer: peer, message: message)) }
    }

    private func follow(_ node: PeerNode) async {
        guard let events else { return }
        for await event in events {
            switch event {
            case .connected(let peer): await dialled(peer, isReached: true)
            case .identified(let peer, let info): await met(peer, info, node)
            default: break
            }
        }
    }

    private nonisolated func send(from node: PeerNode) async {
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for await next in outgoing {
                if running >= Self.sendersAtOnce {
                    await group.next()
                    running -= 1
                }
                running += 1
                group.addTask { await self.send(next, from: node) }
            }
            group.cancelAll()
        }
    }

    private nonisolated func send(_ next: Outgoing, from node: PeerNode) async {
        guard await node.isConnected(to: next.peer) else { return }
        do {
            let stream = try await node.newStream(to: next.peer, protocol: Self.protocolID)
            await stream.setDeadline(node.runtime.clock.now.advanced(by: limits.timeout))
            try await stream.writeMessage(next.message)
            await stream.close()
        } catch {
            node.log.debug(
                "cannot announce a peer",
                metadata: ["remote": "\(next.peer)", "error": "\(error)"])
        }
    }

    private struct Counters: Sendable {
        let told: Counter
        let invalid: Counter
        let liars: Counter

        init(_ factory: any MetricsFactory) {
            told = Counter(label: "psic_pex_records_told_total", dimensions: [], factory: factory)
            invalid = Counter(
                label: "psic_pex_records_invalid_total", dimensions: [], factory: factory)
            liars = Counter(label: "psic_pex_liars_total", dimensions: [], factory: factory)
        }
    }
}
