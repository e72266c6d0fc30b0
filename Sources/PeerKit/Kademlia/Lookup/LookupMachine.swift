/// Iterative search for the peers nearest to a key, over disjoint paths.
///
/// Rules (kad-dht spec, "Peer routing"; Baumgart and Mies 2007, "S/Kademlia", §4.4):
/// - The peers to begin with are dealt out among *d* paths. A path asks the nearest peers that it has
///   heard of itself, and no peer is asked by two paths, so a liar spoils one path and not the others.
/// - A path has arrived when the β nearest that it knows, those that failed aside, have answered.
/// - When all have arrived, the paths are joined: whoever is among the k nearest and has not been
///   asked is asked (go-libp2p's "follow-up"). The search has ended when all of these have answered.
/// - What a peer says of others is hearsay, kept in here only. Addresses from several tellers add up,
///   and a peer that failed at one address is tried again when somebody names another.
///
/// Bounds: each path has its share of the requests and of the candidates, so that one flooded with
/// invented peers does not starve the others.
struct LookupMachine: Sendable {
    /// How to search.
    struct Parameters: Sendable, Hashable {
        /// k: how many are looked for.
        var resultCount = 20
        /// α: requests at once, over all paths.
        var concurrency = 10
        /// β: answers that a path ends with.
        var resilience = 3
        /// d, at most 16.
        var paths = 2
        /// Whether the k nearest are all to be asked after the paths have arrived.
        var followsUp = true
        var maximumQueries = 256
        var maximumCandidatesPerPath = 256
    }

    /// A request to be made.
    struct Query: Sendable, Hashable {
        var peer: KademliaPeer
        var path: Int
    }

    enum Phase: Sendable, Hashable { case approaching, following, finished }

    enum Progress: Sendable, Hashable {
        case heard
        case asked(path: Int)
        case answered
        case failed(LookupFailure.Reason)
    }

    struct Candidate: Sendable {
        var peer: KademliaPeer
        let distance: KademliaKey
        /// Who named it, with the addresses that are to be tried; `nil`: the own table.
        var teller: PeerID?
        /// Peers between this node and it: 0 for those of the own table.
        var depth: Int
        /// One bit for each path that has heard of it.
        var paths: UInt16
        var progress = Progress.heard
        /// Addresses that have failed, to tell new ones.
        var tried: [Multiaddr] = []
        var attempts = 0
    }

    static let maximumPaths = 16
    /// Times that a peer is tried, each time at addresses not named before.
    static let maximumAttempts = 3

    private let local: PeerID
    private let target: KademliaKey
    /// The peer that is looked for, if it is one.
    private let wanted: PeerID?
    let parameters: Parameters

    /// By distance, the nearest first.
    private(set) var candidates: [Candidate] = []
    private(set) var phase = Phase.approaching
    private(set) var failures: [LookupFailure] = []
    private(set) var queryCount = 0
    private(set) var pathCount = 1
    private var queriesByPath: [Int] = []
    private var candidatesByPath: [Int] = []
    private var hops: Int?

    /// - Parameter wanted: The peer at `target`, when one peer is looked for: it is asked as soon as
    ///   it is heard of.
    init(
        target: KademliaKey, wanted: PeerID? = nil, local: PeerID, parameters: Parameters = .init()
    ) {
        self.target = target
        self.wanted = wanted
        self.local = local
        self.parameters = parameters
    }

    var isFinished: Bool { phase == .finished }

    // MARK: Events

    /// Begins with the peers of the own table.
    mutating func start(from seeds: [KademliaPeer]) {
        pathCount = max(1, min(parameters.paths, seeds.count, Self.maximumPaths))
        queriesByPath = Array(repeating: 0, count: pathCount)
        candidatesByPath = Array(repeating: 0, count: pathCount)
        // Dealt out nearest first, so that every path begins about equally near.
        let ordered = seeds.filter { $0.id != local }
            .map { (peer: $0, distance: KademliaKey($0.id).distance(to: target)) }
            .sorted { $0.distance < $1.distance }
        for (index, seed) in ordered.enumerated() {
            hear(seed.peer, at: seed.distance, of: nil, depth: 0, path: index % pathCount)
        }
    }

    /// A peer has answered and named others.
    mutating func answered(by peer: PeerID, closer: [KademliaPeer]) {
        guard phase != .finished, let index = index(of: peer),
            case .asked(let path) = candidates[index].progress
        else { return }
        candidates[index].progress = .answered
        let depth = candidates[index].depth + 1
        for named in closer.prefix(max(parameters.resultCount, 20)) where named.id != local {
            hear(
                named, at: KademliaKey(named.id).distance(to: target), of: peer, depth: depth,
                path: path)
        }
    }

    /// A peer was of no help.
    mutating func failed(_ peer: PeerID, _ reason: LookupFailure.Reason) {
        guard phase != .finished, let index = index(of: peer),
            case .asked = candidates[index].progress
        else { return }
        candidates[index].progress = .failed(reason)
        candidates[index].tried += candidates[index].peer.addresses
        if failures.count < LookupReport.maximumFailures {
            failures.append(LookupFailure(peer: peer, reason: reason))
        }
    }

    /// What was looked for is found: nobody else is asked.
    ///
    /// - Parameter peer: Who had it, or was it.
    mutating func finish(at peer: PeerID) {
        phase = .finished
        hops = index(of: peer).map { candidates[$0].depth }
    }

    /// Time is up: what has been found so far counts.
    mutating func giveUp() { phase = .finished }

    // MARK: Decisions

    /// Whom to ask now. Empty and ``isFinished``: the search is over; empty otherwise: wait.
    mutating func next() -> [Query] {
        var queries: [Query] = []
        if phase != .finished, let wanted, let index = index(of: wanted),
            candidates[index].progress == .heard
        {
            queries.append(ask(index, path: firstPath(of: candidates[index])))
        }
        if phase == .approaching {
            for path in 0..<pathCount { approach(path, &queries) }
            if (0..<pathCount).allSatisfy(isSettled) {
                phase = parameters.followsUp ? .following : .finished
            }
        }
        if phase == .following { followUp(&queries) }
        return queries
    }

    private mutating func approach(_ path: Int, _ queries: inout [Query]) {
        let width = max(1, parameters.concurrency / pathCount)
        let share = max(1, parameters.maximumQueries / pathCount)
        guard !hasArrived(path) else { return }
        var inFlight = candidates.reduce(0) { $0 + ($1.progress == .asked(path: path) ? 1 : 0) }
        for index in candidates.indices {
            guard inFlight < width, queriesByPath[path] < share else { return }
            guard candidates[index].progress == .heard, isKnown(index, to: path) else { continue }
            queries.append(ask(index, path: path))
            inFlight += 1
        }
    }

    /// Whether the β nearest of a path have answered, whichever path asked them.
    private func hasArrived(_ path: Int) -> Bool {
        var answers = 0
        for index in candidates.indices where isKnown(index, to: path) {
            switch candidates[index].progress {
            case .failed: continue
            case .heard, .asked: return false
            case .answered: answers += 1
            }
            if answers == parameters.resilience { return true }
        }
        return false
    }

    /// Whether a path has arrived or can go no further.
    private func isSettled(_ path: Int) -> Bool {
        if hasArrived(path) { return true }
        let isSpent = queriesByPath[path] >= max(1, parameters.maximumQueries / pathCount)
        return !candidates.indices.contains { index in
            if candidates[index].progress == .asked(path: path) { return true }
            guard isKnown(index, to: path) else { return false }
            switch candidates[index].progress {
            case .heard: return !isSpent
            case .asked: return true
            case .answered, .failed: return false
            }
        }
    }

    private mutating func followUp(_ queries: inout [Query]) {
        var inFlight = 0
        for candidate in candidates {
            if case .asked = candidate.progress { inFlight += 1 }
        }
        var considered = 0
        var isComplete = true
        for index in candidates.indices {
            if considered == parameters.resultCount { break }
            switch candidates[index].progress {
            case .failed: continue
            case .answered: break
            case .asked: isComplete = false
            case .heard:
                guard queryCount < 2 * parameters.maximumQueries else { break }
                isComplete = false
                if inFlight < max(1, parameters.concurrency) {
                    queries.append(ask(index, path: firstPath(of: candidates[index])))
                    inFlight += 1
                }
            }
            considered += 1
        }
        if isComplete { phase = .finished }
    }

    // MARK: Results

    /// The k nearest that have answered, the nearest first.
    ///
    /// The nearest β of every path are always among them, so that whoever has surrounded the key with
    /// peers of its own in one path does not get everything that is stored.
    var closest: [KademliaPeer] {
        var chosen: Set<Int> = []
        let answered = candidates.indices.filter { candidates[$0].progress == .answered }
        let share = min(parameters.resilience, max(1, parameters.resultCount / pathCount))
        for path in 0..<pathCount {
            chosen.formUnion(answered.lazy.filter { isKnown($0, to: path) }.prefix(share))
        }
        for index in answered where chosen.count < parameters.resultCount { chosen.insert(index) }
        return chosen.sorted().prefix(parameters.resultCount).map { candidates[$0].peer }
    }

    /// What was heard of a peer, reached or not.
    func heard(of peer: PeerID) -> (addresses: [Multiaddr], depth: Int)? {
        index(of: peer).map { index in
            let candidate = candidates[index]
            let all = candidate.peer.addresses + candidate.tried
            var unique: [Multiaddr] = []
            for address in all where !unique.contains(address) { unique.append(address) }
            return (unique, candidate.depth)
        }
    }

    /// Who alone named a peer at the addresses that were tried.
    func teller(of peer: PeerID) -> PeerID? { index(of: peer).flatMap { candidates[$0].teller } }

    /// How it went, `duration` after the start.
    func report(after duration: Duration) -> LookupReport {
        let nearest = candidates.first { $0.progress == .answered }
        return LookupReport(
            hops: hops ?? nearest?.depth ?? 0, duration: duration, queried: queryCount,
            paths: pathCount, failed: failures)
    }

    // MARK: Candidates

    private mutating func ask(_ index: Int, path: Int) -> Query {
        candidates[index].progress = .asked(path: path)
        candidates[index].attempts += 1
        queryCount += 1
        queriesByPath[path] += 1
        return Query(peer: candidates[index].peer, path: path)
    }

    private mutating func hear(
        _ peer: KademliaPeer, at distance: KademliaKey, of teller: PeerID?, depth: Int, path: Int
    ) {
        let position = candidates.firstIndex(notBefore: { $0.distance < distance })
        if position < candidates.count, candidates[position].distance == distance {
            return hearAgain(position, peer, of: teller, depth: depth, path: path)
        }
        if candidatesByPath[path] >= parameters.maximumCandidatesPerPath {
            guard makeRoom(in: path, for: distance) else { return }
        }
        candidatesByPath[path] += 1
        candidates.insert(
            Candidate(
                peer: peer, distance: distance, teller: teller, depth: depth,
                paths: 1 << UInt16(path)),
            at: candidates.firstIndex(notBefore: { $0.distance < distance }))
    }

    private mutating func hearAgain(
        _ index: Int, _ peer: KademliaPeer, of teller: PeerID?, depth: Int, path: Int
    ) {
        if !isKnown(index, to: path) {
            candidates[index].paths |= 1 << UInt16(path)
            candidatesByPath[path] += 1
        }
        let known = candidates[index].peer.addresses + candidates[index].tried
        let new = peer.addresses.filter { !known.contains($0) }
        guard !new.isEmpty else { return }
        switch candidates[index].progress {
        case .heard:
            let limit = KademliaLimits.maximumAddressesPerPeer
            // Several have a hand in it now, so none is to blame for a false address.
            candidates[index].teller = nil
            candidates[index].peer.addresses = Array(
                (candidates[index].peer.addresses + new).prefix(limit))
        case .failed(.unreachable) where candidates[index].attempts < Self.maximumAttempts:
            candidates[index].peer.addresses = new
            candidates[index].teller = teller
            candidates[index].depth = depth
            candidates[index].progress = .heard
        case .asked, .answered, .failed:
            break
        }
    }

    /// Forgets the farthest that only this path has heard of and nobody has asked.
    ///
    /// - Returns: Whether there is room for one at `distance`.
    private mutating func makeRoom(in path: Int, for distance: KademliaKey) -> Bool {
        let bit: UInt16 = 1 << UInt16(path)
        guard
            let farthest = candidates.lastIndex(where: {
                $0.paths == bit && $0.progress == .heard
            }), distance < candidates[farthest].distance
        else { return false }
        candidates.remove(at: farthest)
        candidatesByPath[path] -= 1
        return true
    }

    private func isKnown(_ index: Int, to path: Int) -> Bool {
        candidates[index].paths & (1 << UInt16(path)) != 0
    }

    private func firstPath(of candidate: Candidate) -> Int {
        min(candidate.paths.trailingZeroBitCount, pathCount - 1)
    }

    private func index(of peer: PeerID) -> Int? {
        let distance = KademliaKey(peer).distance(to: target)
        let position = candidates.firstIndex(notBefore: { $0.distance < distance })
        guard position < candidates.count, candidates[position].peer.id == peer else { return nil }
        return position
    }
}

extension Array {
    /// The first index at which `isBefore` no longer holds, in an array that is ordered by it.
    func firstIndex(notBefore isBefore: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
