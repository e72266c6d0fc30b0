import Logging
import Metrics

/// Finds peers by every way there is, and keeps a number of connections.
///
/// Configured addresses are dialled, the address book, peer exchange and DHT walks are asked, and
/// whoever is heard of on the LAN is taken up from the node's events: all at once, each with its own
/// back-off, without end. ``report()`` says which way led where.
///
/// ```swift
/// let book = AddressBook()
/// let exchange = PeerExchange(addressBook: book)
/// book; exchange; LANDiscovery(); Joining(sources: [book, exchange])
/// ```
///
/// Isolation: an actor without executor of its own; it runs where its caller runs.
public actor Joining: DialingService {
    /// How to join.
    public struct Configuration: Sendable {
        /// Addresses of peers that are always dialled, with or without `/p2p`.
        public var peers: [Multiaddr] = []
        /// Connected peers that the node should have.
        public var target = 8
        /// With so many connected peers nobody else is dialled but the configured.
        public var maximumConnections = 128
        /// Bounds on what sources say.
        public var limits = JoiningLimits()

        /// The defaults.
        public init() {}
    }

    /// For logs and errors.
    public nonisolated let name = "joining"
    private let configuration: Configuration
    private let sources: [any PeerSource]
    private var machine: JoiningMachine?
    private var clock: (any RuntimeClock)?
    private var events: AsyncStream<PeerEvent>?
    /// Something has changed.
    private nonisolated let signals: AsyncStream<Void>
    private nonisolated let signal: AsyncStream<Void>.Continuation
    private var gauge: Gauge?

    /// Joins by `sources` beside the configured peers.
    public init(_ configuration: Configuration = .init(), sources: [any PeerSource] = []) {
        self.configuration = configuration
        self.sources = Array(sources.prefix(configuration.limits.maximumSources - 1))
        (signals, signal) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Begins to listen to the node's events.
    public func attach(to node: PeerNode) async throws {
        machine = JoiningMachine(
            localPeer: node.peerID, configured: configuration.peers, sources: sources.map(\.name),
            target: configuration.target, maximumConnections: configuration.maximumConnections,
            limits: configuration.limits, now: node.runtime.clock.now)
        clock = node.runtime.clock
        events = node.events()
        gauge = Gauge(
            label: "psic_joining_candidates", dimensions: [], factory: node.configuration.metrics)
    }

    /// How joining stands.
    public func report() -> JoinReport? {
        guard let clock else { return nil }
        return machine?.report(at: clock.now)
    }

    /// Finds and dials peers until it is cancelled.
    public func run(on node: PeerNode) async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.follow(node) }
            signal.yield()
            var timer: TimerToken?
            for await _ in signals {
                timer?.cancel()
                for action in await step(node) {
                    group.addTask {
                        await self.perform(action, on: node)
                        self.signal.yield()
                    }
                }
                guard let next = machine?.nextLook(after: node.runtime.clock.now) else { break }
                timer = node.runtime.executors.home.schedule(at: next) { [signal] in
                    signal.yield()
                }
            }
            timer?.cancel()
            group.cancelAll()
        }
    }

    /// Dials all whom `source` discovers, whatever the target is; see ``DialingService``.
    func adopt(neighboursFrom source: String, maximumConnections: Int) {
        machine?.adopt(
            neighboursFrom: source,
            maximumConnections: min(maximumConnections, configuration.maximumConnections))
        signal.yield()
    }

    private func step(_ node: PeerNode) async -> [JoiningMachine.Action] {
        let connected = await node.connectedPeers
        let now = node.runtime.clock.now
        machine?.setConnected(connected, at: now)
        defer { gauge?.record(machine?.candidateCount ?? 0) }
        return machine?.act(at: now) ?? []
    }

    private func follow(_ node: PeerNode) async {
        guard let events else { return }
        for await event in events {
            switch event {
            case .discovered(let peer, let addresses, let source):
                // What is dialled on joining's own behalf is known here.
                guard source != name else { continue }
                machine?.heard(peer, at: addresses, from: source, now: node.runtime.clock.now)
                signal.yield()
            case .connected, .disconnected: signal.yield()
            default: break
            }
        }
    }

    private func perform(_ action: JoiningMachine.Action, on node: PeerNode) async {
        switch action {
        case .ask(let index, let count):
            do {
                let found = try await sources[index - 1].findSome(count)
                machine?.answered(index, found, at: node.runtime.clock.now)
            } catch {
                machine?.failedToAnswer(index, "\(error)", at: node.runtime.clock.now)
            }
        case .dial(let target):
            let outcome = await dial(target, from: node)
            machine?.dialled(target, outcome, at: node.runtime.clock.now)
            await tell(target, outcome)
        }
    }

    private func dial(
        _ target: JoiningMachine.Target, from node: PeerNode
    ) async -> JoiningMachine.Outcome {
        do throws(HostError) {
            switch target {
            case .configured(let address):
                return .reached(try await node.connect(to: address))
            case .peer(let peer, let addresses):
                // The host tries what it has learned last first.
                await node.learn(peer, at: addresses.reversed(), source: name)
                try await node.connect(to: peer)
                return .reached(peer)
            }
        } catch {
            switch error {
            case .backingOff(_, let time): return .notYet(time)
            case .limit, .notRunning, .cancelled: return .refused
            default: return .failed("\(error)")
            }
        }
    }

    /// Tells the sources what has become of a peer.
    private func tell(
        _ target: JoiningMachine.Target, _ outcome: JoiningMachine.Outcome
    ) async {
        guard case .peer(let peer, _) = target else { return }
        let isReached: Bool
        switch outcome {
        case .reached: isReached = true
        case .failed: isReached = false
        case .notYet, .refused: return
        }
        for source in sources { await source.dialled(peer, isReached: isReached) }
    }
}
