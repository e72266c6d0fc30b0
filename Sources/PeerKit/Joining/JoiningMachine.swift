import Collections

/// Joining without I/O: which source to ask and whom to dial, and when.
///
/// Rules:
/// - Configured addresses are dialled for as long as they are not connected, each with a back-off.
/// - While there are fewer connections than the target, every source is asked, each with a back-off
///   that doubles as long as it names nobody new, and candidates are dialled, the sources taking
///   turns so that none can crowd out the others.
/// - With enough connections, sources are asked every few minutes and a peer never met is dialled
///   now and then. Without that, two networks that have formed apart would each be content.
/// - Peers of an adopted source (the LAN's) are neighbours: they are dialled beyond the target too. Of
///   two that hear of each other the one with the smaller ID dials at once, the other a second later.
/// - Nothing is ever given up for good.
struct JoiningMachine: Sendable {
    /// Whom to dial.
    enum Target: Sendable, Hashable {
        /// A configured address, whoever is there.
        case configured(Multiaddr)
        /// A peer at some addresses, likeliest first.
        case peer(PeerID, [Multiaddr])
    }

    /// What the shell must do; it reports back on each.
    enum Action: Sendable, Hashable {
        /// ``answered(_:_:at:)`` or ``failedToAnswer(_:_:at:)`` follows.
        case ask(source: Int, count: Int)
        /// ``dialled(_:_:at:)`` follows.
        case dial(Target)
    }

    /// How a dial has ended.
    enum Outcome: Sendable, Hashable {
        case reached(PeerID)
        case failed(String)
        /// The host will not dial the peer before so long.
        case notYet(Duration)
        /// A limit of this node's; it says nothing of the peer.
        case refused
    }

    struct Source: Sendable {
        var name: String
        var isAsked: Bool
        var pause: Duration
        var nextQuestion = Instant.zero
        var isBeingAsked = false
        var questions = 0
        var failedQuestions = 0
        var found = 0
        var connected = 0
        var failedDials = 0
        var lastError: String?
        /// Set for an adopted source: with so many connections its peers are not dialled either.
        var maximumConnections: Int?
    }

    private struct Configured: Sendable {
        var peer: PeerID?
        var nextDial = Instant.zero
        var failures = 0
        var isDialling = false

        func isConnected(_ connected: Set<PeerID>) -> Bool {
            peer.map { connected.contains($0) } ?? false
        }
    }

    private struct Candidate: Sendable {
        var addresses: [Multiaddr]
        var source: Int
        var nextDial: Instant
        var failures = 0
        var isDialling = false
        var isUntried = true
    }

    static let configuredName = "configured"

    private let localPeer: PeerID
    private let target: Int
    private let maximumConnections: Int
    private let limits: JoiningLimits
    private(set) var sources: [Source] = []
    private var configured: OrderedDictionary<Multiaddr, Configured> = [:]
    private var candidates: OrderedDictionary<PeerID, Candidate> = [:]
    private var connected: Set<PeerID> = []
    private var nextExploration: Instant
    private var lastSource = 0
    private var wasSatisfied = false

    init(
        localPeer: PeerID, configured addresses: [Multiaddr], sources names: [String], target: Int,
        maximumConnections: Int, limits: JoiningLimits, now: Instant
    ) {
        self.localPeer = localPeer
        self.target = max(1, target)
        self.maximumConnections = maximumConnections
        self.limits = limits
        nextExploration = now.advanced(by: limits.explorationPause)
        for address in addresses.prefix(limits.maximumConfigured)
        where address.peerID != localPeer {
            configured[address] = Configured(peer: address.peerID)
        }
        addSource(Self.configuredName, isAsked: false)
        for name in names { addSource(name, isAsked: true) }
    }

    var candidateCount: Int { candidates.count }
    private var isSatisfied: Bool { connected.count >= target }
    private var dialsUnderWay: Int {
        candidates.values.count { $0.isDialling } + configured.values.count { $0.isDialling }
    }

    // MARK: What is heard

    /// Connections as they stand.
    mutating func setConnected(_ peers: [PeerID], at now: Instant) {
        connected = Set(peers)
        // They are dialled again when somebody names them again.
        candidates.removeAll { connected.contains($0.key) && !$0.value.isDialling }
        if wasSatisfied, !isSatisfied {
            // Peers were lost: the pauses were those of somebody content.
            for index in sources.indices {
                sources[index].pause = limits.shortestPause
                sources[index].nextQuestion = min(sources[index].nextQuestion, now)
            }
        }
        wasSatisfied = isSatisfied
    }

    /// A source has named a peer by itself.
    mutating func heard(
        _ peer: PeerID, at addresses: [Multiaddr], from name: String, now: Instant
    ) {
        guard
            let source = sources.firstIndex(where: { $0.name == name })
                ?? addSource(name, isAsked: false)
        else { return }
        _ = learn(peer, addresses, source, now)
    }

    /// The peers of a source are neighbours from now on.
    mutating func adopt(neighboursFrom name: String, maximumConnections: Int) {
        guard
            let source = sources.firstIndex(where: { $0.name == name })
                ?? addSource(name, isAsked: false)
        else { return }
        sources[source].maximumConnections = maximumConnections
    }

    /// A source has answered.
    mutating func answered(_ source: Int, _ peers: [KnownPeer], at now: Instant) {
        var news = 0
        for peer in peers.prefix(2 * limits.peersPerQuestion) {
            if learn(peer.id, peer.addresses, source, now) { news += 1 }
        }
        sources[source].lastError = nil
        questionEnded(source, isUseful: news > 0, now)
    }

    /// A source could not be asked.
    mutating func failedToAnswer(_ source: Int, _ reason: String, at now: Instant) {
        sources[source].failedQuestions += 1
        sources[source].lastError = String(reason.prefix(200))
        questionEnded(source, isUseful: false, now)
    }

    private mutating func questionEnded(_ source: Int, isUseful: Bool, _ now: Instant) {
        sources[source].isBeingAsked = false
        if isUseful {
            sources[source].pause = limits.shortestPause
        } else {
            sources[source].pause = min(sources[source].pause * 2, limits.longestPause)
        }
        let pause = isSatisfied ? limits.idlePause : sources[source].pause
        sources[source].nextQuestion = now.advanced(by: pause)
    }

    /// A dial has ended.
    mutating func dialled(_ target: Target, _ outcome: Outcome, at now: Instant) {
        switch target {
        case .configured(let address): configuredDialled(address, outcome, now)
        case .peer(let peer, _): candidateDialled(peer, outcome, now)
        }
    }

    private mutating func configuredDialled(
        _ address: Multiaddr, _ outcome: Outcome, _ now: Instant
    ) {
        guard var entry = configured[address] else { return }
        entry.isDialling = false
        var pause = Duration.seconds(1)
        switch outcome {
        case .reached(let peer):
            entry.peer = peer
            entry.failures = 0
            sources[0].connected += 1
            sources[0].lastError = nil
        case .failed(let reason):
            entry.failures = min(entry.failures + 1, 30)
            sources[0].failedDials += 1
            sources[0].lastError = String("\(address): \(reason)".prefix(200))
            pause = min(
                limits.shortestPause * (1 << min(entry.failures - 1, 10)),
                limits.longestConfiguredPause)
        case .notYet(let time): pause = min(time, limits.longestConfiguredPause)
        case .refused: pause = limits.shortestPause
        }
        entry.nextDial = now.advanced(by: pause)
        configured[address] = entry
    }

    private mutating func candidateDialled(
        _ peer: PeerID, _ outcome: Outcome, _ now: Instant
    ) {
        guard var candidate = candidates[peer] else { return }
        candidate.isDialling = false
        candidate.isUntried = false
        switch outcome {
        case .reached:
            sources[candidate.source].connected += 1
            candidates[peer] = nil
            return
        case .failed(let reason):
            candidate.failures += 1
            sources[candidate.source].failedDials += 1
            sources[candidate.source].lastError = String(reason.prefix(200))
            guard candidate.failures < limits.maximumFailures else {
                candidates[peer] = nil
                return
            }
            candidate.nextDial = now.advanced(by: limits.shortestPause * (1 << candidate.failures))
        case .notYet(let time): candidate.nextDial = now.advanced(by: time)
        case .refused: candidate.nextDial = now.advanced(by: limits.shortestPause)
        }
        candidates[peer] = candidate
    }

    // MARK: What to do

    /// What to do now.
    mutating func act(at now: Instant) -> [Action] {
        var actions = dialsOfConfigured(now)
        actions += dialsOfCandidates(now)
        actions += questions(now)
        return actions
    }

    /// When to look again if nothing is heard before.
    func nextLook(after now: Instant) -> Instant {
        var next = now.advanced(by: limits.idlePause)
        let underWay = dialsUnderWay
        if underWay < limits.maximumDials {
            for entry in configured.values
            where !entry.isDialling && !entry.isConnected(connected) {
                next = min(next, entry.nextDial)
            }
        }
        // Whatever else a candidate waits for is the end of a dial, which is heard of.
        for candidate in candidates.values where !candidate.isDialling {
            if room(underWay) > 0 || neighbourRoom(candidate.source, underWay) > 0 {
                next = min(next, candidate.nextDial)
            } else if canExplore(underWay), candidate.isUntried {
                next = min(next, max(candidate.nextDial, nextExploration))
            }
        }
        if wantsNames(now) {
            for source in sources where source.isAsked && !source.isBeingAsked {
                next = min(next, source.nextQuestion)
            }
        }
        return max(next, now.advanced(by: .milliseconds(10)))
    }

    /// Dials that may begin for the sake of the target.
    private func room(_ underWay: Int) -> Int {
        guard connected.count + underWay < maximumConnections else { return 0 }
        return max(
            0, min(limits.maximumDials - underWay, target - connected.count - underWay))
    }

    /// Dials of a source's peers that may begin whatever the target is.
    private func neighbourRoom(_ source: Int, _ underWay: Int) -> Int {
        guard let maximum = sources[source].maximumConnections else { return 0 }
        return min(limits.maximumDials - underWay, maximum - connected.count - underWay)
    }

    /// Whether a peer may be dialled only because it was never met.
    private func canExplore(_ underWay: Int) -> Bool {
        isSatisfied && underWay == 0 && connected.count < maximumConnections
    }

    /// Whether sources should be asked: not while enough names are there for the connections that
    /// are missing.
    private func wantsNames(_ now: Instant) -> Bool {
        guard !isSatisfied else { return true }
        let ready = candidates.values.count { !$0.isDialling && $0.nextDial <= now }
        return ready < limits.peersPerQuestion
    }

    private mutating func dialsOfConfigured(_ now: Instant) -> [Action] {
        var actions: [Action] = []
        var room = limits.maximumDials - dialsUnderWay
        for (address, entry) in configured
        where room > 0 && !entry.isDialling && entry.nextDial <= now
            && !entry.isConnected(connected)
        {
            configured[address]?.isDialling = true
            actions.append(.dial(.configured(address)))
            room -= 1
        }
        return actions
    }

    private mutating func dialsOfCandidates(_ now: Instant) -> [Action] {
        let underWay = dialsUnderWay
        var room = room(underWay)
        if canExplore(underWay), nextExploration <= now { room = 1 }
        var actions: [Action] = []
        while room > 0, let peer = nextCandidate(now), let dial = begin(peer) {
            actions.append(dial)
            room -= 1
            if isSatisfied { nextExploration = now.advanced(by: limits.explorationPause) }
        }
        for source in sources.indices {
            while neighbourRoom(source, underWay + actions.count) > 0,
                let peer = nextCandidate(now, neighboursFrom: source), let dial = begin(peer)
            {
                actions.append(dial)
            }
        }
        return actions
    }

    private mutating func begin(_ peer: PeerID) -> Action? {
        guard var candidate = candidates[peer] else { return nil }
        candidate.isDialling = true
        candidates[peer] = candidate
        lastSource = candidate.source
        return .dial(.peer(peer, candidate.addresses))
    }

    /// The next peer to dial: fewest failures first, then the source whose turn it is, then the one
    /// that was named first.
    ///
    /// - Parameter neighbours: Only peers of this source, and those again that were tried before.
    private func nextCandidate(
        _ now: Instant, neighboursFrom neighbours: Int? = nil
    ) -> PeerID? {
        var best: (rank: (Int, Int), peer: PeerID)?
        for (peer, candidate) in candidates
        where !candidate.isDialling && candidate.nextDial <= now && !connected.contains(peer)
            && (neighbours.map { $0 == candidate.source } ?? (!isSatisfied || candidate.isUntried))
        {
            let turn = (candidate.source - lastSource - 1 + sources.count) % sources.count
            let rank = (candidate.failures, turn)
            if best.map({ rank < $0.rank }) ?? true { best = (rank, peer) }
        }
        return best?.peer
    }

    private mutating func questions(_ now: Instant) -> [Action] {
        guard wantsNames(now) else { return [] }
        var actions: [Action] = []
        for index in sources.indices {
            let source = sources[index]
            guard source.isAsked, !source.isBeingAsked, source.nextQuestion <= now else { continue }
            sources[index].isBeingAsked = true
            sources[index].questions += 1
            actions.append(.ask(source: index, count: limits.peersPerQuestion))
        }
        return actions
    }

    // MARK: Room

    @discardableResult
    private mutating func addSource(_ name: String, isAsked: Bool) -> Int? {
        guard sources.count < limits.maximumSources else { return nil }
        sources.append(Source(name: name, isAsked: isAsked, pause: limits.shortestPause))
        return sources.count - 1
    }

    /// - Returns: Whether the peer is new here.
    private mutating func learn(
        _ peer: PeerID, _ addresses: [Multiaddr], _ source: Int, _ now: Instant
    ) -> Bool {
        guard peer != localPeer, !connected.contains(peer), !addresses.isEmpty else { return false }
        let kept = Array(addresses.prefix(limits.maximumAddressesPerCandidate))
        if var known = candidates[peer] {
            known.addresses = Array(
                OrderedSet(kept + known.addresses).prefix(limits.maximumAddressesPerCandidate))
            candidates[peer] = known
            return false
        }
        if candidates.count >= limits.maximumCandidates {
            // The one that failed most; among equals, the one that has waited longest.
            let victim = candidates.filter { !$0.value.isDialling }
                .max { $0.value.failures < $1.value.failures }?.key
            guard let victim else { return false }
            candidates[victim] = nil
        }
        let isNeighbour = sources[source].maximumConnections != nil
        // Its dial is on the way already, most likely.
        let pause: Duration = isNeighbour && peer < localPeer ? .seconds(1) : .zero
        candidates[peer] = Candidate(
            addresses: kept, source: source, nextDial: now.advanced(by: pause))
        sources[source].found += 1
        return true
    }

    // MARK: Report

    /// How things stand.
    func report(at now: Instant) -> JoinReport {
        JoinReport(
            connectedPeers: connected.count, target: target, candidates: candidates.count,
            sources: sources.map { source in
                JoinReport.Source(
                    name: source.name, isAsked: source.isAsked, questions: source.questions,
                    failedQuestions: source.failedQuestions, found: source.found,
                    connected: source.connected, failedDials: source.failedDials,
                    lastError: source.lastError,
                    nextQuestionInSeconds: source.isAsked
                        ? max(0, now.duration(to: source.nextQuestion).seconds) : nil)
            })
    }
}
