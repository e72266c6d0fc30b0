@testable import PeerKit

/// A machine without I/O, with a clock that stands still until it is told otherwise.
struct TestRouter {
    typealias Action = GossipSubAction

    var machine: GossipSubMachine<LocalTopics>
    var now = Instant(nanoseconds: 1_000_000_000_000)
    var generator = WireTestGenerator(seed: 1)
    /// What the signature check says; by data.
    var fault: (PubSubMessage) -> MessageFault? = { _ in nil }
    /// What the application says; by data.
    var verdict: (ReceivedMessage) -> Validation? = { _ in .accept }
    /// Messages delivered to the application.
    private(set) var delivered: [ReceivedMessage] = []
    /// Whose copies of a message need not be sent any more.
    var withdrawn: [MessageID: Set<PeerID>] = [:]
    private var nextNumber: UInt64 = 0

    static let local = PeerID.test(0)

    init(
        seed: UInt64 = 1, topics: [String] = ["t"],
        _ change: (inout GossipSub.Configuration) -> Void = { _ in }
    ) throws {
        var configuration = GossipSub.Configuration()
        change(&configuration)
        try configuration.checked()
        generator = WireTestGenerator(seed: seed)
        machine = GossipSubMachine(
            configuration, localPeer: Self.local, topics: LocalTopics(), at: now)
        for topic in topics { try machine.join(topic, at: now, using: &generator) }
        _ = machine.takeActions()
    }

    // MARK: Events

    /// Connects peers that subscribe to `topics`; forgets what is sent to them.
    @discardableResult
    mutating func addPeers(
        _ numbers: some Sequence<Int>, _ version: GossipSubVersion = .meshsub12,
        isOutbound: Bool = false, topics: [String] = ["t"]
    ) -> [PeerID] {
        let peers = numbers.map { PeerID.test($0) }
        for peer in peers {
            machine.addPeer(peer, version, isOutbound: isOutbound, addresses: [], at: now)
            machine.announced(
                topics.map { .init(topic: $0, isSubscribed: true) }, by: peer, at: now)
        }
        _ = run()
        return peers
    }

    /// Has peers GRAFT us.
    mutating func graft(_ peers: [PeerID], topic: String = "t") {
        for peer in peers { receive(from: peer) { $0.graft = [topic] } }
    }

    @discardableResult
    mutating func receive(from peer: PeerID, _ fill: (inout GossipRPC) -> Void) -> [Action] {
        var rpc = GossipRPC()
        fill(&rpc)
        machine.receive(rpc, from: peer, at: now, using: &generator)
        return run()
    }

    @discardableResult
    mutating func receive(_ message: PubSubMessage, from peer: PeerID) -> [Action] {
        receive(from: peer) { $0.messages = [message] }
    }

    /// A heartbeat, a second after the one before.
    @discardableResult
    mutating func beat(_ count: Int = 1) -> [Action] {
        var actions: [Action] = []
        for _ in 0..<count {
            now = now.advanced(by: .seconds(1))
            machine.heartbeat(at: now, using: &generator)
            actions += run()
        }
        return actions
    }

    mutating func publish(_ message: PubSubMessage) throws -> [Action] {
        _ = try machine.publish(message, at: now, using: &generator)
        return run()
    }

    mutating func join(_ topic: String) throws -> [Action] {
        try machine.join(topic, at: now, using: &generator)
        return run()
    }

    mutating func leave(_ topic: String) -> [Action] {
        machine.leave(topic, at: now, using: &generator)
        return run()
    }

    /// A message as its author makes it, each with another sequence number.
    mutating func message(
        by author: PeerID = .test(9999), topic: String = "t", size: Int = 10
    ) -> PubSubMessage {
        nextNumber += 1
        return PubSubMessage(
            from: author.bytes, data: [UInt8](repeating: UInt8(nextNumber % 251), count: size),
            sequenceNumber: MessageSigning.sequenceNumber(nextNumber), topic: topic,
            signature: [1])
    }

    /// Performs verification and validation; what remains.
    mutating func run() -> [Action] {
        var rest: [Action] = []
        while case let actions = machine.takeActions(), !actions.isEmpty {
            for action in actions {
                switch action {
                case .verify(let ticket, let message):
                    machine.verified(ticket, fault(message), at: now)
                case .validate(let ticket, let message):
                    if let verdict = verdict(message) {
                        machine.validated(ticket, verdict, at: now)
                    }
                case .withdraw(let id, let peer): withdrawn[id, default: []].insert(peer)
                case .deliver(let message):
                    delivered.append(message)
                    rest.append(action)
                default: rest.append(action)
                }
            }
        }
        return rest
    }

    // MARK: Views

    func mesh(_ topic: String = "t") -> Set<PeerID> {
        Set(machine.topics[topic].map { Array($0.mesh) } ?? [])
    }

    func penalty(_ peer: PeerID) -> Double { machine.scoring.explain(peer).behaviourPenalty }

    func invalidMessages(_ peer: PeerID, topic: String = "t") -> Double {
        machine.scoring.explain(peer).topics.first { $0.topic == topic }?.invalidMessages ?? 0
    }
}

extension PubSubMessage {
    /// Its ID under StrictSign.
    var testID: MessageID { MessageIDFunction.authorAndSequenceNumber(self) }
}

extension PeerID {
    /// The same ID for the same number: an inline Ed25519 key that nobody holds.
    static func test(_ number: Int) -> PeerID {
        var key = [UInt8](repeating: 7, count: 32)
        for index in 0..<4 { key[index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
        guard let id = try? PeerID(bytes: [0, 36, 8, 1, 18, 32] + key) else {
            preconditionFailure("not an ID")
        }
        return id
    }
}

extension [GossipSubAction] {
    /// Everything sent to a peer as control, in one.
    func control(to peer: PeerID) -> GossipRPC {
        var all = GossipRPC()
        for case .sendControl(let rpc, let receiver) in self where receiver == peer {
            all.subscriptions += rpc.subscriptions
            all.graft += rpc.graft
            all.prune += rpc.prune
            all.want += rpc.want
            all.dontWant += rpc.dontWant
        }
        return all
    }

    func grafted(_ topic: String = "t") -> Set<PeerID> {
        peers { $0.graft.contains(topic) }
    }

    func pruned(_ topic: String = "t") -> Set<PeerID> {
        peers { $0.prune.contains { $0.topic == topic } }
    }

    func prune(to peer: PeerID) -> GossipRPC.Prune? { control(to: peer).prune.first }

    private func peers(where condition: (GossipRPC) -> Bool) -> Set<PeerID> {
        var found: Set<PeerID> = []
        for case .sendControl(let rpc, let peer) in self where condition(rpc) { found.insert(peer) }
        return found
    }

    /// Who is told of messages by IHAVE.
    var gossiped: [PeerID: [MessageID]] {
        var found: [PeerID: [MessageID]] = [:]
        for case .sendGossip(let rpc, let peer) in self {
            found[peer, default: []] += rpc.have.flatMap(\.ids)
        }
        return found
    }

    /// Who gets a message.
    var receivers: Set<PeerID> {
        var found: Set<PeerID> = []
        for case .sendMessage(_, _, let peers) in self { found.formUnion(peers) }
        return found
    }

    var reports: [PeerFault.Kind] {
        compactMap { action in
            if case .report(let kind, _, _) = action { kind } else { nil }
        }
    }

    var exchanged: [PeerID] {
        compactMap { action in
            if case .exchange(let offer) = action { offer.id } else { nil }
        }
    }
}
