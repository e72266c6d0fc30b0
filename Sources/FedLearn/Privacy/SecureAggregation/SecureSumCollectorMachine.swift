import Crypto
import PeerKit

/// Collects masked vectors, carries sealed shares, and takes the masks off the sum.
///
/// The collector learns the sum and who is in it, nothing else: it may be anybody, a member too.
public struct SecureSumCollectorMachine: Sendable {
    /// The group.
    public let group: SecureGroup

    enum Phase {
        case idle
        case keys
        case shares(roster: [Int])
        case vectors(contributors: [Int])
        case unmasking(contributors: [Int], survivors: [Int])
        case ended
    }

    private(set) var phase: Phase = .idle
    private(set) var adverts: [Int: KeyAdvert] = [:]
    private var sealed: [Int: [SealedShare]] = [:]
    private var arrived: Set<Int> = []
    /// The sum of the masked vectors so far.
    private(set) var total: [UInt32]
    private(set) var revealed: [Int: [RevealedShare]] = [:]
    private let timeouts: SecureSumTimeouts

    /// When ``tick(at:)`` should be called; `nil` when nothing is awaited.
    public private(set) var nextDeadline: Instant?
    /// The sum, once there is one.
    public private(set) var sum: SecureSum?

    /// Creates the machine.
    public init(group: SecureGroup, timeouts: SecureSumTimeouts = .init()) {
        self.group = group
        self.timeouts = timeouts
        total = [UInt32](repeating: 0, count: group.wordCount)
    }

    /// Waits for keys.
    public mutating func start(at now: Instant) -> [SecureSumAction] {
        guard case .idle = phase else { return [] }
        phase = .keys
        nextDeadline = now.advanced(by: timeouts.phase)
        return []
    }

    /// Takes a member's message.
    public mutating func receive(
        _ message: SecureSumMessage, from sender: Int, at now: Instant
    ) -> [SecureSumAction] {
        guard group.position(of: sender) != nil else { return [] }
        switch (message, phase) {
        case (.keys(let advert), .idle), (.keys(let advert), .keys):
            guard adverts[sender] == nil || adverts[sender] == advert else {
                return [.report(member: sender, .contradiction)]
            }
            adverts[sender] = advert
        case (.shares(let shares), .shares(let roster)):
            guard roster.contains(sender), shares.map(\.member) == roster.filter({ $0 != sender })
            else { return [.report(member: sender, .unexpectedMessage)] }
            guard sealed[sender] == nil || sealed[sender] == shares else {
                return [.report(member: sender, .contradiction)]
            }
            sealed[sender] = shares
        case (.masked(let words), .vectors(let contributors)):
            guard contributors.contains(sender), words.count == group.wordCount,
                arrived.insert(sender).inserted
            else { return [.report(member: sender, .unexpectedMessage)] }
            for index in total.indices { total[index] &+= words[index] }
        case (.unmask(let shares), .unmasking(let contributors, let survivors)):
            guard survivors.contains(sender), shares.map(\.owner) == contributors,
                shares.allSatisfy({
                    ($0.secret == .seed) == survivors.contains($0.owner)
                })
            else { return [.report(member: sender, .unexpectedMessage)] }
            guard revealed[sender] == nil else { return [] }
            revealed[sender] = shares
        case (.keys, _), (.shares, _), (.masked, _), (.unmask, _):
            // Too late: the phase is over.
            return []
        case (.roster, _), (.delivery, _), (.survivors, _), (.confirm, _):
            return [.report(member: sender, .unexpectedMessage)]
        }
        return advance(at: now, isLate: false)
    }

    /// Goes on with those that have answered when the phase's deadline has passed.
    public mutating func tick(at now: Instant) -> [SecureSumAction] {
        guard let deadline = nextDeadline, now >= deadline else { return [] }
        return advance(at: now, isLate: true)
    }

    private mutating func advance(at now: Instant, isLate: Bool) -> [SecureSumAction] {
        switch phase {
        case .idle, .ended: return []
        case .keys:
            let roster = group.members.filter { adverts[$0] != nil }
            guard isLate || roster.count == group.members.count else { return [] }
            return proceed(to: .shares(roster: roster), with: roster, at: now) {
                _ in .roster(roster)
            }
        case .shares(let roster):
            let contributors = roster.filter { sealed[$0] != nil }
            guard isLate || contributors.count == roster.count else { return [] }
            let delivered = sealed
            return proceed(
                to: .vectors(contributors: contributors), with: contributors, at: now
            ) { receiver in
                .delivery(
                    contributors.filter { $0 != receiver }.compactMap { sender in
                        delivered[sender]?.first { $0.member == receiver }.map {
                            SealedShare(member: sender, bytes: $0.bytes)
                        }
                    })
            }
        case .vectors(let contributors):
            let survivors = contributors.filter { arrived.contains($0) }
            guard isLate || survivors.count == contributors.count else { return [] }
            return proceed(
                to: .unmasking(contributors: contributors, survivors: survivors), with: survivors,
                at: now
            ) { _ in .survivors(survivors) }
        case .unmasking(let contributors, let survivors):
            guard isLate || revealed.count >= group.threshold else { return [] }
            return finish(
                contributors: contributors, survivors: survivors,
                isLast: isLate || revealed.count == survivors.count)
        }
    }

    private mutating func proceed(
        to next: Phase, with members: [Int], at now: Instant,
        saying message: (Int) -> SecureSumMessage
    ) -> [SecureSumAction] {
        guard members.count >= group.minimumSurvivors else {
            return fail(.tooFewMembers(have: members.count, need: group.minimumSurvivors))
        }
        phase = next
        nextDeadline = now.advanced(by: timeouts.phase)
        return members.map { .send(message($0), to: .member($0)) }
    }

    /// Takes the masks off, unless shares are wrong and more may come.
    private mutating func finish(
        contributors: [Int], survivors: [Int], isLast: Bool
    ) -> [SecureSumAction] {
        guard revealed.count >= group.threshold else {
            return fail(.tooFewMembers(have: revealed.count, need: group.threshold))
        }
        var unmasking = Unmasking(
            group: group, adverts: adverts, revealed: revealed, total: total)
        if let owner = unmasking.remove(contributors: contributors, survivors: survivors) {
            guard isLast else { return [] }
            return unmasking.reports + [.report(member: owner, .wrongSecret)]
                + fail(.lostSecret(of: owner))
        }
        sum = SecureSum(
            survivors: survivors, values: unmasking.total.map { Int32(bitPattern: $0) })
        phase = .ended
        nextDeadline = nil
        return unmasking.reports + [.finished]
    }

    private mutating func fail(_ failure: SecureSumFailure) -> [SecureSumAction] {
        phase = .ended
        nextDeadline = nil
        return [.failed(failure)]
    }
}

/// The sum of a group's vectors.
public struct SecureSum: Hashable, Sendable {
    /// Whose vectors are in it.
    public let survivors: [Int]
    /// The sum on the grid.
    public let values: [Int32]

    /// The mean of the vectors, with which the group stands for its members in a robust rule.
    public func mean(on grid: FixedPointGrid) -> [Float] {
        let divisor = grid.scale * Double(survivors.count)
        return values.map { Float(Double($0) / divisor) }
    }
}
