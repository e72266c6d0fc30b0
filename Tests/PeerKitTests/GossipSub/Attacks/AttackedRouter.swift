import Testing

@testable import PeerKit

/// One router among honest peers and attackers, second by second, without I/O.
///
/// Honest peers have every message at once: those in the mesh deliver it, the first of them drawn,
/// the others within milliseconds; those outside advertise it at the next heartbeat and give it
/// when asked. What attackers do is ``conduct``.
struct AttackedRouter {
    /// What attackers do with messages.
    enum Conduct {
        /// What honest peers do.
        case honest
        /// Nothing.
        case silent
        /// Everything, but so late that it is of no use.
        case late(Duration)
        /// Everything but the messages of one author.
        case censoring(PeerID)
    }

    static let topic = "t"
    static let victim = PeerID.counted(7000)
    private static let author = PeerID.counted(7001)
    static let invalidContent: [UInt8] = [0xba, 0xd0]

    var conduct = Conduct.silent
    /// Whether attackers try to get into the mesh as often as the back-off allows.
    var attackersGraft = true
    private(set) var machine: GossipSubMachine<LocalTopics>
    private(set) var honest: [PeerID] = []
    private(set) var attackers: [PeerID] = []
    /// Messages by the second in which they were published.
    private(set) var published: [MessageID: Double] = [:]
    /// Messages by the second in which they reached the application.
    private(set) var delivered: [MessageID: Double] = [:]
    private(set) var censored: Set<MessageID> = []
    private(set) var seconds = 0.0

    private var honestOnes: Set<PeerID> = []
    private let rate: Int
    private var generator: SimulationGenerator
    private var known: [MessageID: PubSubMessage] = [:]
    private var recent: [(id: MessageID, at: Double)] = []
    private var later: [(message: PubSubMessage, from: PeerID, at: Double)] = []
    private var prunedUntil: [PeerID: Double] = [:]
    private var number: UInt64 = 0

    /// - Parameter rate: Messages a second.
    init(
        seed: UInt64, rate: Int = 5, score: TopicScoreParameters,
        _ change: (inout GossipSub.Configuration) -> Void = { _ in }
    ) throws {
        var configuration = GossipSub.Configuration()
        configuration.topics[Self.topic] = .init(score: score)
        change(&configuration)
        try configuration.checked()
        self.rate = rate
        generator = SimulationGenerator(seed: seed, label: "attack")
        machine = GossipSubMachine(
            configuration, localPeer: .counted(8000), topics: LocalTopics(), at: .at(0))
        try machine.join(Self.topic, at: .at(0), using: &generator)
    }

    // MARK: Peers

    /// Every third honest peer is one that we dialled; attackers dial us, and GRAFT at once.
    mutating func addHonest(_ count: Int) {
        for number in 0..<count {
            let peer = PeerID.counted(1 + honest.count)
            honest.append(peer)
            honestOnes.insert(peer)
            add(peer, isOutbound: number % 3 == 0, address: UInt8(honest.count))
        }
    }

    mutating func addAttackers(_ count: Int, sharingAddress: Bool = false) {
        for _ in 0..<count {
            let peer = PeerID.counted(1001 + attackers.count)
            attackers.append(peer)
            add(
                peer, isOutbound: false,
                address: sharingAddress ? 200 : UInt8(100 + attackers.count))
            if attackersGraft { send(from: peer) { $0.graft = [Self.topic] } }
        }
    }

    private mutating func add(_ peer: PeerID, isOutbound: Bool, address: UInt8) {
        machine.addPeer(
            peer, .meshsub11, isOutbound: isOutbound,
            addresses: [.v4(IPv4Address(10, 0, 0, address))], at: .at(seconds))
        send(from: peer) { $0.subscriptions = [.init(topic: Self.topic, isSubscribed: true)] }
    }

    /// An attacker leaves and comes back.
    mutating func reconnect(_ peer: PeerID) {
        machine.removePeer(peer, at: .at(seconds))
        add(peer, isOutbound: false, address: 250)
    }

    // MARK: Time

    /// Lets time pass: messages, then the heartbeat, in each second.
    mutating func run(seconds count: Int) {
        for _ in 0..<count {
            let start = seconds
            for index in 0..<rate {
                seconds = start + Double(index) / Double(rate)
                deliverLate()
                publish()
            }
            seconds = start + 1
            if attackersGraft { graftAgain() }
            machine.heartbeat(at: .at(seconds), using: &generator)
            perform()
            gossip()
        }
    }

    private mutating func publish() {
        number += 1
        let author = number % 5 == 0 ? Self.victim : Self.author
        let message = PubSubMessage(
            from: author.bytes, data: [1], sequenceNumber: MessageSigning.sequenceNumber(number),
            topic: Self.topic)
        let id = MessageIDFunction.authorAndSequenceNumber(message)
        known[id] = message
        published[id] = seconds
        if author == Self.victim { censored.insert(id) }
        recent.append((id, seconds))
        recent.removeAll { $0.at < seconds - 3 }
        let start = seconds
        for peer in mesh.shuffled(using: &generator) {
            seconds += 0.0005
            if honestOnes.contains(peer) || isForwarded(message) {
                deliver(message, from: peer)
            } else if case .late(let delay) = conduct {
                later.append((message, peer, start + delay.seconds))
            }
        }
        seconds = start
    }

    private func isForwarded(_ message: PubSubMessage) -> Bool {
        switch conduct {
        case .honest: true
        case .silent, .late: false
        case .censoring(let author): message.from != author.bytes
        }
    }

    private mutating func deliverLate() {
        let due = later.filter { $0.at <= seconds }
        later.removeAll { $0.at <= seconds }
        for delivery in due { deliver(delivery.message, from: delivery.from) }
    }

    private mutating func graftAgain() {
        let mesh = Set(self.mesh)
        for peer in attackers where !mesh.contains(peer) {
            guard prunedUntil[peer, default: 0] < seconds else { continue }
            send(from: peer) { $0.graft = [Self.topic] }
        }
    }

    private mutating func gossip() {
        let ids = recent.map(\.id)
        let mesh = Set(self.mesh)
        for peer in honest.filter({ !mesh.contains($0) }).shuffled(using: &generator).prefix(3) {
            send(from: peer) { $0.have = [.init(topic: Self.topic, ids: ids)] }
        }
    }

    // MARK: RPCs

    mutating func deliver(_ message: PubSubMessage, from peer: PeerID) {
        send(from: peer) { $0.messages = [message] }
    }

    /// A message that the application rejects, a new one each time.
    mutating func deliverInvalid(from peer: PeerID) {
        number += 1
        deliver(
            PubSubMessage(
                from: Self.author.bytes, data: Self.invalidContent,
                sequenceNumber: MessageSigning.sequenceNumber(number), topic: Self.topic),
            from: peer)
    }

    mutating func send(from peer: PeerID, _ fill: (inout GossipRPC) -> Void) {
        var rpc = GossipRPC()
        fill(&rpc)
        machine.receive(rpc, from: peer, at: .at(seconds), using: &generator)
        perform()
    }

    private mutating func perform() {
        while case let actions = machine.takeActions(), !actions.isEmpty {
            for action in actions { perform(action) }
        }
    }

    private mutating func perform(_ action: GossipSubAction) {
        switch action {
        case .verify(let ticket, _): machine.verified(ticket, nil, at: .at(seconds))
        case .validate(let ticket, let message):
            let isValid = message.data != Self.invalidContent
            machine.validated(ticket, isValid ? .accept : .reject, at: .at(seconds))
        case .deliver(let message): delivered[message.id] = seconds
        case .sendControl(let rpc, let peer):
            for prune in rpc.prune {
                prunedUntil[peer] = seconds + (prune.backoff ?? .seconds(60)).seconds
            }
            guard honestOnes.contains(peer), !rpc.want.isEmpty else { return }
            let messages = rpc.want.compactMap { known[$0] }
            send(from: peer) { $0.messages = messages }
        default: break
        }
    }

    // MARK: Views

    var mesh: [PeerID] { machine.topics[Self.topic].map { Array($0.mesh) } ?? [] }
    var meshAttackers: Int { mesh.count { !honestOnes.contains($0) } }
    var meshHonest: Int { mesh.count { honestOnes.contains($0) } }

    func isGraylisted(_ peer: PeerID) -> Bool {
        machine.score(of: peer) < machine.settings.thresholds.graylist
    }

    /// The share of messages published from one second to another that arrived within a time.
    func share(
        from start: Double, to end: Double, within time: Double, of ids: Set<MessageID>? = nil
    ) -> Double {
        var counted = 0
        var arrived = 0
        for (id, at) in published where at >= start && at < end && ids?.contains(id) ?? true {
            counted += 1
            if let arrival = delivered[id], arrival - at <= time { arrived += 1 }
        }
        return counted == 0 ? 0 : Double(arrived) / Double(counted)
    }
}
