/// Weighs what peers say of this node's address.
///
/// The remote of an *outbound* connection sees it come from a port of the moment, which nobody can
/// dial; its statement counts for the IP address with the ports that are listened on. The remote of
/// an *inbound* one sees what it dialled, which counts as it is. Whether a router forwards the
/// address is not known from this: who needs to know asks others to dial back.
struct ObservedAddressMachine: Sendable {
    private struct Statement: Sendable {
        var peer: PeerID
        var time: Instant
    }

    private struct Candidate: Sendable {
        /// One voice for each network.
        var statements: [IPSubnet: Statement] = [:]
        var latest: Instant
    }

    private let rules: ObservationRules
    private var candidates: [Multiaddr: Candidate] = [:]
    /// Addresses with enough witnesses, the best attested first.
    private(set) var believed: [Multiaddr] = []

    init(rules: ObservationRules) { self.rules = rules }

    /// Addresses that something is known of.
    var count: Int { candidates.count }

    /// A peer has said under which address it sees this node.
    ///
    /// - Parameters:
    ///   - source: The peer's own IP address.
    ///   - bound: Addresses that are listened on.
    /// - Returns: Whether ``believed`` has changed.
    mutating func observe(
        _ address: Multiaddr, by peer: PeerID, at source: IPAddress, over direction: Direction,
        bound: [Multiaddr], now: Instant
    ) -> Bool {
        guard case (.ip(let ip), let port)? = address.withoutPeerID.tcpDialTarget,
            isPlausible(ip, from: source)
        else { return false }
        for port in ports(port, over: direction, ip, bound) {
            let endpoint = IPEndpoint(address: ip.unmapped, port: port)
            let candidate = Multiaddr(ip: endpoint, transport: .tcp)
            guard !bound.contains(candidate) else { continue }
            count(candidate, by: peer, from: source.group, at: now)
        }
        return settle(at: now)
    }

    /// Forgets what is too old.
    ///
    /// - Returns: Whether ``believed`` has changed.
    mutating func expire(at now: Instant) -> Bool { settle(at: now) }

    /// Nobody can be seen under these from elsewhere; and a loopback peer knows nothing of others.
    private func isPlausible(_ ip: IPAddress, from source: IPAddress) -> Bool {
        !ip.isLoopback && !ip.isUnspecified && !ip.isMulticast && !ip.isLinkLocal
            && !source.isLoopback
    }

    private func ports(
        _ port: UInt16, over direction: Direction, _ ip: IPAddress, _ bound: [Multiaddr]
    ) -> [UInt16] {
        if direction == .inbound { return port == 0 ? [] : [port] }
        let listening = bound.compactMap { address -> UInt16? in
            guard case (.ip(let own), let port)? = address.tcpDialTarget, own.isV4 == ip.isV4,
                !own.isLoopback
            else { return nil }
            return port
        }
        return Set(listening).sorted()
    }

    private mutating func count(
        _ address: Multiaddr, by peer: PeerID, from group: IPSubnet, at now: Instant
    ) {
        if candidates[address] == nil { makeRoom(at: now) }
        var candidate = candidates.removeValue(forKey: address) ?? Candidate(latest: now)
        candidate.latest = now
        // A peer with many addresses has one voice, too.
        for (other, statement) in candidate.statements
        where statement.peer == peer && other != group {
            candidate.statements[other] = nil
        }
        if candidate.statements[group] != nil
            || candidate.statements.count < rules.maximumObservers
        {
            candidate.statements[group] = Statement(peer: peer, time: now)
        }
        candidates[address] = candidate
    }

    /// The one with the fewest witnesses goes, of these the oldest.
    private mutating func makeRoom(at now: Instant) {
        guard candidates.count >= rules.maximumCandidates else { return }
        let least = candidates.min { a, b in
            let (m, n) = (a.value.statements.count, b.value.statements.count)
            if m != n { return m < n }
            if a.value.latest != b.value.latest { return a.value.latest < b.value.latest }
            return a.key.description < b.key.description
        }
        if let least { candidates[least.key] = nil }
    }

    private mutating func settle(at now: Instant) -> Bool {
        for (address, candidate) in candidates {
            let fresh = candidate.statements.filter {
                $0.value.time.duration(to: now) < rules.window
            }
            if fresh.isEmpty {
                candidates[address] = nil
            } else if fresh.count < candidate.statements.count {
                candidates[address]?.statements = fresh
            }
        }
        let least = max(1, rules.minimumObservers)
        var ranked: [(witnesses: Int, text: String, address: Multiaddr)] = []
        for (address, candidate) in candidates where candidate.statements.count >= least {
            ranked.append((candidate.statements.count, address.description, address))
        }
        ranked.sort { ($1.witnesses, $0.text) < ($0.witnesses, $1.text) }
        let best = Array(ranked.prefix(rules.maximumBelieved).map(\.address))
        // Only who is believed matters to others, not in which order.
        let hasChanged = Set(best) != Set(believed)
        believed = best
        return hasChanged
    }
}
