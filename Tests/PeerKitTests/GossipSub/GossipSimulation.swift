import NIOConcurrencyHelpers

@testable import PeerKit

/// Peers with GossipSub in a simulation, each with a count of what has come to it.
struct GossipSwarm: Sendable {
    struct Member: Sendable {
        var place: SimulatedNode
        var node: PeerNode
        var gossip: GossipSub
        var inbox: Inbox
    }

    /// What one member has received, in order.
    final class Inbox: Sendable {
        private let messages = NIOLockedValueBox<[ReceivedMessage]>([])
        private let latest = NIOLockedValueBox(Instant.zero)
        let tasks = TaskScope()

        var all: [ReceivedMessage] { messages.withLockedValue { $0 } }
        /// When the latest came.
        var latestArrival: Instant { latest.withLockedValue { $0 } }
        var texts: [String] { all.map { String(decoding: $0.data, as: UTF8.self) } }

        func read(_ subscription: TopicSubscription, on runtime: Runtime) {
            tasks.start(on: runtime.executors.home) {
                for await message in subscription {
                    self.messages.withLockedValue { $0.append(message) }
                    self.latest.withLockedValue { $0 = runtime.clock.now }
                }
            }
        }
    }

    let simulation: Simulation
    var members: [Member] = []
    let verifier = RememberingVerifier()
    /// Executors of each member that is added: its own, and others for its connections.
    var executors = 2

    init(_ simulation: Simulation) { self.simulation = simulation }

    /// Starts a member; it subscribes to nothing yet.
    mutating func add(
        configure: (inout GossipSub.Configuration) -> Void = { _ in }
    ) async throws {
        let number = members.count
        let place = simulation.node("peer-\(number)", executors: executors)
        var configuration = GossipSub.Configuration()
        configuration.verifier = verifier
        configure(&configuration)
        let gossip = GossipSub(configuration)
        let node = try await SimulatedPeers.start(place, services: [gossip])
        members.append(Member(place: place, node: node, gossip: gossip, inbox: Inbox()))
    }

    mutating func add(
        _ count: Int, configure: (inout GossipSub.Configuration) -> Void = { _ in }
    ) async throws {
        for _ in 0..<count { try await add(configure: configure) }
    }

    func subscribe(
        _ member: Int, to topic: String, validator: (any TopicValidator)? = nil
    ) async throws {
        let member = members[member]
        member.inbox.read(
            try await member.gossip.subscribe(topic, validator: validator),
            on: member.place.runtime)
    }

    func subscribeAll(to topic: String) async throws {
        for number in members.indices { try await subscribe(number, to: topic) }
    }

    func connect(_ a: Int, _ b: Int) async throws {
        try await members[a].node.connect(to: members[b].node.address)
    }

    /// A ring with `chords` further connections from each member, so that it is never parted.
    func connectRing(chords: Int, seed: UInt64) async throws {
        var generator = WireTestGenerator(seed: seed)
        for number in members.indices {
            try await connect(number, (number + 1) % members.count)
            for _ in 0..<chords {
                let other = Int.random(in: 0..<members.count, using: &generator)
                if other != number { try? await connect(number, other) }
            }
        }
    }

    func publish(_ text: String, by member: Int, to topic: String) async throws {
        try await members[member].gossip.publish(Array(text.utf8), to: topic)
    }

    func stop() async {
        for member in members {
            member.inbox.tasks.cancel()
            await member.node.stop()
            await member.inbox.tasks.drained()
        }
    }
}

/// Checks each message once for the whole simulation.
final class RememberingVerifier: MessageVerifier {
    private struct Question: Hashable {
        var message: PubSubMessage
        var policy: SigningPolicy
    }

    private let known = NIOLockedValueBox<[Question: MessageFault?]>([:])
    private let base = SignatureVerifier()

    func fault(of message: PubSubMessage, under policy: SigningPolicy) -> MessageFault? {
        let question = Question(message: message, policy: policy)
        if let answer = known.withLockedValue({ $0[question] }) { return answer }
        let answer = base.fault(of: message, under: policy)
        known.withLockedValue { $0[question] = .some(answer) }
        return answer
    }
}

extension Simulation {
    /// Runs `body` with a swarm that is stopped afterwards.
    static func gossip(
        seed: UInt64 = 1, conditions: NetworkConditions = .lan, function: String = #function,
        _ body: @escaping @Sendable (inout GossipSwarm) async throws -> Void
    ) throws {
        try Simulation.run(seed: seed, conditions: conditions, function: function) { simulation in
            var swarm = GossipSwarm(simulation)
            do {
                try await body(&swarm)
            } catch {
                await swarm.stop()
                throw error
            }
            await swarm.stop()
            for member in swarm.members { try member.node.requireNothingLeft() }
        }
    }
}
