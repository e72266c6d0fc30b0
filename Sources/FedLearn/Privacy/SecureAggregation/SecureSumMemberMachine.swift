import Crypto
import PeerKit

/// One member's part in a secure sum.
///
/// Source: Bonawitz et al. 2017, "Practical Secure Aggregation for Privacy-Preserving Machine
/// Learning", figure 4, with the consistency check of its variant against active adversaries.
///
/// Deviations: keys and confirmations go from member to member over authenticated connections, so
/// nothing needs to be signed; the seed of the self mask is committed to, so that a wrong share can be
/// told from a right one; the graph is complete, as groups are small.
///
/// Tell it what happened, do what it answers, call ``tick(at:)`` at ``nextDeadline``.
public struct SecureSumMemberMachine: Sendable {
    /// The group.
    public let group: SecureGroup
    /// This member's index in the roster.
    public let member: Int

    private enum Phase {
        case idle
        /// Keys are out; the collector will say who takes part.
        case advertised
        /// Shares are out, for these members.
        case shared(roster: [Int])
        /// The masked vector is out.
        case masked(Masked)
        /// This list of survivors has been confirmed; others' confirmations are awaited.
        case confirming(Masked, survivors: [Int], hash: ContentHash)
        case ended
    }

    private struct Masked {
        let roster: [Int]
        let contributors: [Int]
        /// The shares that this member holds, by owner; its own among them.
        let held: [Int: HeldShares]
    }

    private struct HeldShares {
        let mask: [UInt8]
        let seed: [UInt8]
    }

    private var phase: Phase = .idle
    private let envelope: MaskKeyPair
    private let mask: MaskKeyPair
    private let seed: SymmetricKey
    private var vector: [UInt32]
    private var ownShares: [HeldShares] = []
    /// What others advertised, and confirmed; both may arrive early. At most one of each per member.
    private var adverts: [Int: KeyAdvert] = [:]
    private var confirmations: [Int: ContentHash] = [:]
    private var pendingRoster: [Int]?
    private let timeouts: SecureSumTimeouts

    /// When ``tick(at:)`` should be called; `nil` when nothing is awaited.
    public private(set) var nextDeadline: Instant?

    /// Creates the machine.
    ///
    /// - Parameters:
    ///   - vector: The fixed-point values as two's complement, with noise, without masks.
    ///   - generator: Cryptographic; for keys, seed and shares of this round.
    /// - Throws: ``PrivacyError/invalid(_:)`` for a stranger or a vector of another length.
    public init(
        group: SecureGroup, member: Int, vector: [Int32], timeouts: SecureSumTimeouts = .init(),
        using generator: inout SecureGenerator
    ) throws(PrivacyError) {
        guard group.position(of: member) != nil else {
            throw .invalid("member \(member) is not in the group")
        }
        guard vector.count == group.wordCount else {
            throw .invalid("a vector of \(vector.count): expected \(group.wordCount)")
        }
        self.group = group
        self.member = member
        self.vector = vector.map { UInt32(bitPattern: $0) }
        self.timeouts = timeouts
        envelope = MaskKeyPair(secret: generator.bytes(count: 32))
        let maskSecret = generator.bytes(count: 32)
        mask = MaskKeyPair(secret: maskSecret)
        let seedBytes = generator.bytes(count: 32)
        seed = SymmetricKey(data: seedBytes)
        let maskShares = try Shamir.split(
            maskSecret.map { BinaryField8($0) }, threshold: group.threshold,
            count: group.members.count, using: &generator)
        let seedShares = try Shamir.split(
            seedBytes.map { BinaryField8($0) }, threshold: group.threshold,
            count: group.members.count, using: &generator)
        ownShares = zip(maskShares, seedShares).map { HeldShares(mask: $0.bytes, seed: $1.bytes) }
        adverts[member] = KeyAdvert(
            envelopeKey: envelope.publicKey, maskKey: mask.publicKey,
            seedCommitment: ContentHash(hashing: seedBytes))
    }

    /// Advertises this member's keys.
    public mutating func start(at now: Instant) -> [SecureSumAction] {
        guard case .idle = phase, let advert = adverts[member] else { return [] }
        phase = .advertised
        nextDeadline = now.advanced(by: timeouts.total)
        let message = SecureSumMessage.keys(advert)
        return [.send(message, to: .collector)]
            + others(group.members).map { .send(message, to: .member($0)) }
            + continueWithRoster()
    }

    /// Takes a message from another member.
    public mutating func receive(
        _ message: SecureSumMessage, from sender: Int
    ) -> [SecureSumAction] {
        guard sender != member, group.position(of: sender) != nil else { return [] }
        if case .ended = phase { return [] }
        switch message {
        case .keys(let advert):
            guard adverts[sender] == nil || adverts[sender] == advert else {
                return [.report(member: sender, .contradiction)]
            }
            adverts[sender] = advert
            return continueWithRoster()
        case .confirm(let hash):
            guard confirmations[sender] == nil || confirmations[sender] == hash else {
                return [.report(member: sender, .contradiction)]
            }
            confirmations[sender] = hash
            return unmaskIfConfirmed()
        case .roster, .shares, .delivery, .masked, .survivors, .unmask:
            return [.report(member: sender, .unexpectedMessage)]
        }
    }

    /// Takes a message from the collector.
    public mutating func receiveFromCollector(_ message: SecureSumMessage) -> [SecureSumAction] {
        switch (message, phase) {
        case (.roster(let roster), .idle), (.roster(let roster), .advertised):
            guard pendingRoster == nil || pendingRoster == roster, isPlausible(roster) else {
                return fail(.dishonestCollector)
            }
            pendingRoster = roster
            return continueWithRoster()
        case (.delivery(let shares), .shared(let roster)):
            return contribute(shares, roster: roster)
        case (.survivors(let survivors), .masked(let masked)):
            return confirm(survivors, masked)
        case (_, .ended): return []
        default: return fail(.dishonestCollector)
        }
    }

    /// Gives up when the deadline has passed.
    public mutating func tick(at now: Instant) -> [SecureSumAction] {
        guard let deadline = nextDeadline, now >= deadline else { return [] }
        if case .confirming = phase { return fail(.notConfirmed) }
        return fail(.timedOut)
    }

    // MARK: Phases

    private func isPlausible(_ roster: [Int]) -> Bool {
        roster.contains(member) && roster.count >= group.minimumSurvivors
            && roster.allSatisfy { group.position(of: $0) != nil }
            && zip(roster, roster.dropFirst()).allSatisfy { $0 < $1 }
    }

    /// Seals shares once the roster and the keys of all on it are there.
    private mutating func continueWithRoster() -> [SecureSumAction] {
        guard case .advertised = phase, let roster = pendingRoster,
            roster.allSatisfy({ adverts[$0] != nil })
        else { return [] }
        var sealed: [SealedShare] = []
        for other in others(roster) {
            guard let advert = adverts[other], let position = group.position(of: other) else {
                continue
            }
            let shares = ownShares[position]
            guard
                let bytes = ShareEnvelope.seal(
                    maskShare: shares.mask, seedShare: shares.seed, from: member, to: other,
                    keys: envelope, remote: advert.envelopeKey, group: group.id)
            else {
                // A key of small order: its owner wants the world to read its mail.
                return [.report(member: other, .unexpectedMessage)]
                    + fail(.tooFewMembers(have: roster.count - 1, need: roster.count))
            }
            sealed.append(SealedShare(member: other, bytes: bytes))
        }
        phase = .shared(roster: roster)
        return [.send(.shares(sealed), to: .collector)]
    }

    /// Opens the delivered shares and sends the masked vector.
    private mutating func contribute(
        _ shares: [SealedShare], roster: [Int]
    ) -> [SecureSumAction] {
        let senders = shares.map(\.member)
        guard senders.allSatisfy({ roster.contains($0) && $0 != member }),
            Set(senders).count == senders.count,
            shares.count + 1 >= group.minimumSurvivors,
            let position = group.position(of: member)
        else { return fail(.dishonestCollector) }
        var held = [member: ownShares[position]]
        for share in shares {
            guard let advert = adverts[share.member],
                let opened = ShareEnvelope.open(
                    share.bytes, from: share.member, to: member, keys: envelope,
                    remote: advert.envelopeKey, group: group.id)
            else {
                // The sender or the collector: this member cannot tell, others may.
                return [.report(member: share.member, .unreadableShare)]
                    + fail(.dishonestCollector)
            }
            held[share.member] = HeldShares(mask: opened.maskShare, seed: opened.seedShare)
        }
        let contributors = (senders + [member]).sorted()
        for other in others(contributors) {
            guard let advert = adverts[other], let key = mask.pairMaskKey(with: advert.maskKey)
            else {
                return [.report(member: other, .unexpectedMessage)]
                    + fail(.tooFewMembers(have: contributors.count - 1, need: contributors.count))
            }
            MaskStream.apply(
                other > member ? .add : .subtract, key: key, round: group.round, to: &vector)
        }
        MaskStream.apply(.add, key: seed, round: group.round, to: &vector)
        phase = .masked(Masked(roster: roster, contributors: contributors, held: held))
        let words = vector
        vector = []
        ownShares = []
        return [.send(.masked(words), to: .collector)]
    }

    /// Tells every survivor what this member was told.
    private mutating func confirm(_ survivors: [Int], _ masked: Masked) -> [SecureSumAction] {
        guard survivors.contains(member), survivors.count >= group.minimumSurvivors,
            survivors.allSatisfy({ masked.contributors.contains($0) }),
            zip(survivors, survivors.dropFirst()).allSatisfy({ $0 < $1 })
        else { return fail(.dishonestCollector) }
        let keys = masked.roster.compactMap { member in
            adverts[member].map { (member: member, advert: $0) }
        }
        let hash = SecureSumTranscript.hash(
            group: group, keys: keys, contributors: masked.contributors, survivors: survivors)
        confirmations[member] = hash
        phase = .confirming(masked, survivors: survivors, hash: hash)
        return others(survivors).map { .send(.confirm(hash), to: .member($0)) }
            + unmaskIfConfirmed()
    }

    /// Reveals shares once enough survivors have confirmed the same: of each member's two secrets one
    /// at most, ever.
    private mutating func unmaskIfConfirmed() -> [SecureSumAction] {
        guard case .confirming(let masked, let survivors, let hash) = phase else { return [] }
        let agreeing = survivors.count { confirmations[$0] == hash }
        guard agreeing >= group.threshold else {
            let disagreeing = survivors.count { (confirmations[$0] ?? hash) != hash }
            let possible = survivors.count - disagreeing
            return possible < group.threshold ? fail(.notConfirmed) : []
        }
        var revealed: [RevealedShare] = []
        for owner in masked.contributors {
            guard let shares = masked.held[owner] else { continue }
            let isIn = survivors.contains(owner)
            revealed.append(
                RevealedShare(
                    owner: owner, secret: isIn ? .seed : .maskKey,
                    bytes: isIn ? shares.seed : shares.mask))
        }
        end()
        return [.send(.unmask(revealed), to: .collector), .finished]
    }

    private func others(_ members: [Int]) -> [Int] { members.filter { $0 != member } }

    private mutating func end() {
        phase = .ended
        nextDeadline = nil
        vector = []
        ownShares = []
    }

    private mutating func fail(_ failure: SecureSumFailure) -> [SecureSumAction] {
        if case .ended = phase { return [] }
        end()
        return [.failed(failure)]
    }
}
