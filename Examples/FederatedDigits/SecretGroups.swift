import FedLearn
import PeerKit

/// Updates summed in groups of which nobody sees a member's; the rule works on the groups' means.
struct SecretGroups {
    private let settings: DigitsSettings
    private let size: Int
    private let grid: FixedPointGrid

    init(_ settings: DigitsSettings, size: Int) throws {
        self.settings = settings
        self.size = size
        grid = try FixedPointGrid(fractionBits: 20, bound: 8)
    }

    /// A round: draw groups, sum in each, combine the means.
    ///
    /// - Parameter bytes: Becomes the most that a member sent.
    func combine(
        _ contributions: [Contribution], round: Int, from model: SharedModel, bytes: inout Int
    ) throws -> RoundOutcome {
        let beacon = ContentHash(
            hashing: Array("digits \(settings.seed) \(round)".utf8))
        let groups = try GroupDraw.groups(
            memberCount: settings.peers, size: size, byzantine: settings.byzantine, beacon: beacon)
        var means: [Contribution] = []
        var members: [[Int]] = []
        var rejected: [Rejection] = []
        bytes = 0
        for (index, group) in groups.enumerated() {
            let own = contributions.filter { group.contains($0.member) }
            var vectors: [Int: [Int32]] = [:]
            for contribution in own {
                // What does not fit the grid cannot be sent: that member drops out.
                guard let steps = try? grid.quantise(contribution.values) else {
                    rejected.append(Rejection(member: contribution.member, reason: .nonFinite))
                    continue
                }
                vectors[contribution.member] = steps
            }
            // One liar in a group of three is all that two others can be told apart from.
            let secure = try SecureGroup(
                round: round, members: group, byzantine: min(1, group.count - 2),
                wordCount: model.parameters.count, beacon: beacon)
            var sum = try SecretSum(secure, vectors)
            sum.run()
            bytes = max(bytes, sum.largestSender)
            guard let result = sum.result else { continue }
            means.append(
                Contribution(
                    member: index, exampleCount: result.survivors.count,
                    values: result.mean(on: grid)))
            members.append(result.survivors)
        }
        var outcome = try settings.part.complete(round: round, means, from: model)
        let names = Dictionary(
            uniqueKeysWithValues: zip(means.map(\.member), members).map { ($0, $1) })
        outcome.rejected =
            rejected
            + outcome.rejected.flatMap { group in
                (names[group.member] ?? []).map { Rejection(member: $0, reason: group.reason) }
            }
        outcome.counted = outcome.counted.flatMap { names[$0] ?? [] }.sorted()
        return outcome
    }
}

/// One group's machines, with messages as bytes in a queue.
private struct SecretSum {
    private let group: SecureGroup
    private var members: [Int: SecureSumMemberMachine] = [:]
    private var collector: SecureSumCollectorMachine
    private var queue: [(SecureSumMessage, from: Int?, to: Int?)] = []
    private var sent: [Int: Int] = [:]
    private var now = Instant.zero

    init(_ group: SecureGroup, _ vectors: [Int: [Int32]]) throws {
        self.group = group
        collector = SecureSumCollectorMachine(group: group)
        var system = SystemRandomNumberGenerator()
        for (member, vector) in vectors.sorted(by: { $0.key < $1.key }) {
            var generator = SecureGenerator(
                key: (0..<SecureGenerator.keyByteCount).map { _ in
                    UInt8.random(in: .min ... .max, using: &system)
                })
            members[member] = try SecureSumMemberMachine(
                group: group, member: member, vector: vector, using: &generator)
        }
    }

    var result: SecureSum? { collector.sum }
    var largestSender: Int { sent.values.max() ?? 0 }

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
            guard collector.sum == nil, let next = deadlines.min() else { return }
            now = max(now, next)
            perform(collector.tick(at: now), by: nil)
            for member in members.keys.sorted() {
                perform(members[member]?.tick(at: now) ?? [], by: member)
            }
        }
    }

    private mutating func deliver(_ letter: (SecureSumMessage, from: Int?, to: Int?)) {
        let bytes = SecureSumCodec.encode(letter.0, group: group.id)
        if let sender = letter.from { sent[sender, default: 0] += bytes.count }
        guard
            let (_, message) = try? SecureSumCodec.decode(bytes, wordLimit: group.wordCount)
        else { return }
        switch (letter.from, letter.to) {
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
        for case .send(let message, let recipient) in actions {
            switch recipient {
            case .collector: queue.append((message, from: actor, to: nil))
            case .member(let receiver): queue.append((message, from: actor, to: receiver))
            }
        }
    }
}
