import Collections

/// Peer exchange without I/O: whom to ask and answer how often, which announcements to pass on, and
/// whose recommendations have turned out to be worth nothing.
///
/// A recommended record is signed by the recommended peer, so the one who passes it on cannot
/// change it. It can invent peers, though, with keys made for the purpose and addresses at which
/// nobody is, or somebody else. So each recommendation is remembered with who made it first, and
/// its outcome counts for that peer.
struct PeerExchangeMachine: Sendable {
    /// What to do with an announcement.
    enum Announcement: Sendable, Hashable {
        /// It is known already.
        case known
        /// Take it in, and pass it on so often if the record is sound.
        case new(hops: Int)
    }

    /// What has happened so far.
    struct Statistics: Sendable, Hashable {
        var answered = 0
        var refused = 0
        var announcements = 0
        var duplicates = 0
        var liars = 0
    }

    private struct Partner: Sendable {
        var questions: TokenBucket
        var announcements: TokenBucket
        var mayBeAsked = Instant.zero
        /// Outcomes of what it recommended, the latest last.
        var outcomes: [Bool] = []
    }

    private struct Statement: Hashable, Sendable {
        var peer: PeerID
        var sequence: UInt64
    }

    private let limits: PeerExchangeLimits
    private let localPeer: PeerID
    private var verifications: TokenBucket
    /// Last used last.
    private var partners: OrderedDictionary<PeerID, Partner> = [:]
    private var claims: OrderedDictionary<PeerID, PeerID> = [:]
    private var seen: OrderedSet<Statement> = []
    private(set) var statistics = Statistics()

    var partnerCount: Int { partners.count }
    var claimCount: Int { claims.count }
    var seenCount: Int { seen.count }

    init(localPeer: PeerID, limits: PeerExchangeLimits, now: Instant) {
        self.localPeer = localPeer
        self.limits = limits
        verifications = TokenBucket(
            rate: limits.verificationsPerSecond, burst: limits.verificationsPerSecond, now: now)
    }

    // MARK: Asking and answering

    /// Whether a peer may be asked now; if so, it counts as asked.
    mutating func ask(_ peer: PeerID, at now: Instant) -> Bool {
        with(peer, at: now) { partner, limits in
            guard partner.mayBeAsked <= now else { return false }
            partner.mayBeAsked = now.advanced(by: limits.pauseBetweenQuestions)
            return true
        }
    }

    /// How many records the answer to a question may hold; `nil`: the peer asks too often.
    mutating func answer(_ peer: PeerID, count: Int, at now: Instant) -> Int? {
        let isAllowed = with(peer, at: now) { partner, _ in partner.questions.take(at: now) }
        guard isAllowed else {
            statistics.refused += 1
            return nil
        }
        statistics.answered += 1
        return min(max(0, count), limits.maximumRecords)
    }

    /// Whether one more signature may be verified now.
    mutating func mayVerify(at now: Instant) -> Bool { verifications.take(at: now) }

    // MARK: Announcements

    /// Whether a peer may announce one more thing now.
    mutating func mayAnnounce(_ peer: PeerID, at now: Instant) -> Bool {
        with(peer, at: now) { partner, _ in partner.announcements.take(at: now) }
    }

    /// An announcement whose record is sound.
    ///
    /// - Parameter hops: As the message says; `nil` when it is this node that has met the peer.
    mutating func announced(_ record: PeerRecord, hops: Int?) -> Announcement {
        let statement = Statement(peer: record.peerID, sequence: record.sequence)
        guard record.peerID != localPeer, seen.append(statement).inserted else {
            statistics.duplicates += 1
            return .known
        }
        if seen.count > limits.maximumSeen { seen.removeFirst() }
        statistics.announcements += 1
        return .new(hops: max(0, (hops ?? limits.maximumHops + 1) - 1))
    }

    /// Whom to pass an announcement on to, of the peers that are connected and stand well.
    func audience(
        of peers: [PeerID], except teller: PeerID?, about subject: PeerID,
        using generator: inout some RandomNumberGenerator
    ) -> [PeerID] {
        let others = peers.filter { $0 != teller && $0 != subject }
        return Array(others.shuffled(using: &generator).prefix(limits.fanOut))
    }

    // MARK: Claims

    /// A peer has recommended another.
    mutating func claimed(_ subject: PeerID, by teller: PeerID) {
        guard subject != teller, claims[subject] == nil else { return }
        claims[subject] = teller
        if claims.count > limits.maximumClaims { claims.removeFirst() }
    }

    /// A peer was reached, or could not be.
    ///
    /// - Returns: Who has recommended so much in vain by now that it must be lying.
    mutating func tried(_ subject: PeerID, isReached: Bool, at now: Instant) -> PeerID? {
        guard let teller = claims.removeValue(forKey: subject) else { return nil }
        let isLiar = with(teller, at: now) { partner, limits in
            partner.outcomes.append(isReached)
            if partner.outcomes.count > limits.claimWindow { partner.outcomes.removeFirst() }
            guard partner.outcomes.count >= limits.claimMinimum else { return false }
            let worked = partner.outcomes.count { $0 }
            guard Double(worked) < limits.claimShare * Double(partner.outcomes.count) else {
                return false
            }
            // Said once; the next conclusion is drawn from new outcomes.
            partner.outcomes.removeAll()
            partner.mayBeAsked = now.advanced(by: .seconds(600))
            return true
        }
        guard isLiar else { return nil }
        statistics.liars += 1
        return teller
    }

    // MARK: Room

    private mutating func with<Result>(
        _ peer: PeerID, at now: Instant,
        _ body: (inout Partner, PeerExchangeLimits) -> Result
    ) -> Result {
        var partner =
            partners.removeValue(forKey: peer)
            ?? Partner(
                questions: TokenBucket(
                    rate: limits.questionsPerMinute / 60, burst: limits.questionBurst, now: now),
                announcements: TokenBucket(
                    rate: limits.announcementsPerSecond, burst: limits.announcementBurst, now: now))
        let result = body(&partner, limits)
        partners[peer] = partner
        if partners.count > limits.maximumPartners { partners.removeFirst() }
        return result
    }
}
