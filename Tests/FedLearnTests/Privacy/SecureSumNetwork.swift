import PeerKit

@testable import FedLearn

/// A group and its collector, with messages in a queue and time by hand.
struct SecureSumNetwork {
    /// What happens to a message on its way.
    typealias Interference = (_ message: SecureSumMessage, _ sender: Int?, _ receiver: Int?) ->
        SecureSumMessage?

    let group: SecureGroup
    var members: [Int: SecureSumMemberMachine] = [:]
    var collector: SecureSumCollectorMachine
    var now = Instant.zero
    var reports: [SecureSumAction] = []
    var failures: [Int?: SecureSumFailure] = [:]
    var finished: Set<Int> = []
    /// `nil` stands for the collector. Returns `nil` to lose the message.
    var interfere: Interference = { message, _, _ in message }

    private struct Letter {
        let message: SecureSumMessage
        let sender: Int?
        let receiver: Int?
    }
    private var queue: [Letter] = []

    init(group: SecureGroup, vectors: [Int: [Int32]], seed: UInt8 = 1) throws {
        self.group = group
        collector = SecureSumCollectorMachine(group: group)
        for (member, vector) in vectors.sorted(by: { $0.key < $1.key }) {
            var generator = SecureGenerator(
                key: [UInt8](repeating: seed, count: 31) + [UInt8(member)])
            members[member] = try SecureSumMemberMachine(
                group: group, member: member, vector: vector, using: &generator)
        }
    }

    /// Runs until nothing is under way and no deadline is left.
    mutating func run() {
        perform(collector.start(at: now), by: nil)
        for member in members.keys.sorted() {
            perform(members[member]?.start(at: now) ?? [], by: member)
        }
        while true {
            while !queue.isEmpty { deliver(queue.removeFirst()) }
            let deadlines =
                members.values.compactMap(\.nextDeadline)
                + [collector.nextDeadline].compactMap { $0 }
            guard let next = deadlines.min() else { return }
            now = max(now, next)
            perform(collector.tick(at: now), by: nil)
            for member in members.keys.sorted() {
                perform(members[member]?.tick(at: now) ?? [], by: member)
            }
        }
    }

    private mutating func deliver(_ letter: Letter) {
        guard let changed = interfere(letter.message, letter.sender, letter.receiver),
            // Every message passes its bytes.
            let (group, message) = try? SecureSumCodec.decode(
                SecureSumCodec.encode(changed, group: self.group.id), wordLimit: group.wordCount),
            group == self.group.id
        else { return }
        switch (letter.sender, letter.receiver) {
        case (nil, let receiver?):
            perform(members[receiver]?.receiveFromCollector(message) ?? [], by: receiver)
        case (let sender?, let receiver?):
            perform(members[receiver]?.receive(message, from: sender) ?? [], by: receiver)
        case (let sender?, nil):
            perform(collector.receive(message, from: sender, at: now), by: nil)
        case (nil, nil): break
        }
    }

    private mutating func perform(_ actions: [SecureSumAction], by actor: Int?) {
        for action in actions {
            switch action {
            case .send(let message, to: .collector):
                queue.append(Letter(message: message, sender: actor, receiver: nil))
            case .send(let message, to: .member(let receiver)):
                queue.append(Letter(message: message, sender: actor, receiver: receiver))
            case .report: reports.append(action)
            case .finished: if let actor { finished.insert(actor) }
            case .failed(let failure): failures[actor] = failure
            }
        }
    }
}
