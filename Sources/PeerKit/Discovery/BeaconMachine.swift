import Collections

/// LAN discovery without I/O: when to announce, and which announcements to believe.
///
/// Every check that is cheap comes before the signature. In order: rate of the sender, form,
/// network, expiry, sequence, address; then the rate of all and the signature.
///
/// An address is believed only if it is the one the datagram came from (on loopback: any loopback
/// address), so that a liar cannot make a LAN dial a third party.
struct BeaconMachine: Sendable {
    /// A peer whose beacon was believed.
    struct Discovery: Sendable, Hashable {
        var peer: PeerID
        var addresses: [Multiaddr]
        /// Not heard of before, or forgotten since.
        var isNew: Bool
    }

    private struct Known: Sendable {
        var sequence: UInt64
        var expiry: UInt64
        var addresses: [Multiaddr]
    }

    private let network: String
    private let localPeer: PeerID
    private let limits: BeaconLimits
    private let interval: Duration
    private var known: [PeerID: Known] = [:]
    private var sources: OrderedDictionary<IPEndpoint, TokenBucket> = [:]
    private var verifications: TokenBucket
    private var sequence: UInt64
    private var announcements = 0

    /// Ignored datagrams by reason.
    private(set) var faults: [BeaconFault: Int] = [:]
    /// Beacons believed.
    private(set) var accepted = 0
    /// Beacons that said only what is known already; their signatures were not checked.
    private(set) var unchanged = 0

    /// Peers and senders that are remembered now.
    var knownCount: Int { known.count }
    var sourceCount: Int { sources.count }

    /// - Parameter firstSequence: Above every one used before: the wall clock in nanoseconds.
    init(
        network: String, localPeer: PeerID, interval: Duration, firstSequence: UInt64,
        limits: BeaconLimits, now: Instant
    ) {
        self.network = network
        self.localPeer = localPeer
        self.interval = interval
        self.limits = limits
        sequence = firstSequence
        verifications = TokenBucket(
            rate: limits.verificationsPerSecond, burst: limits.verificationsPerSecond, now: now)
    }

    // MARK: Announcing

    /// The next beacon for an interface on which `addresses` are listened on.
    mutating func announce(_ addresses: [Multiaddr], unixMilliseconds: UInt64) -> Beacon {
        sequence += 1
        let lifetime = UInt64(max(0, (interval * 3).wholeNanoseconds / 1_000_000))
        return Beacon(
            network: network, peerID: localPeer,
            addresses: Array(addresses.prefix(limits.maximumAddresses)), sequence: sequence,
            expiry: unixMilliseconds + lifetime)
    }

    /// How long to wait before announcing again: soon at first, then every `interval`, spread by
    /// `jitter` (0 ..< 1) so that peers started together do not stay in step.
    mutating func nextPause(jitter: Double) -> Duration {
        announcements += 1
        let base = min(interval, .milliseconds(250) * (1 << min(announcements - 1, 10)))
        return base * (0.75 + 0.5 * jitter)
    }

    // MARK: Listening

    /// A datagram has come.
    ///
    /// - Returns: What it tells; `nil` for this node's own.
    /// - Throws: Why it is ignored; counted here already.
    mutating func receive(
        _ datagram: Datagram, at now: Instant, unixMilliseconds: UInt64
    ) throws(BeaconFault) -> Discovery? {
        do throws(BeaconFault) {
            return try examine(datagram, at: now, unixMilliseconds: unixMilliseconds)
        } catch {
            faults[error, default: 0] += 1
            throw error
        }
    }

    private mutating func examine(
        _ datagram: Datagram, at now: Instant, unixMilliseconds: UInt64
    ) throws(BeaconFault) -> Discovery? {
        guard takeToken(of: datagram.source, at: now) else { throw .flood }
        let unverified = try BeaconCodec.read(datagram.payload, limits: limits)
        let beacon = unverified.beacon
        guard beacon.peerID != localPeer else { return nil }
        guard beacon.network == network else { throw .foreignNetwork }
        try checkExpiry(beacon, unixMilliseconds)
        let previous = known[beacon.peerID]
        if let previous, beacon.sequence <= previous.sequence { throw .replayed }
        let addresses = beacon.addresses.filter { isCredible($0, from: datagram.source.address) }
        guard !addresses.isEmpty else { throw .foreignAddress }
        if let previous, previous.addresses == addresses,
            previous.expiry > unixMilliseconds &+ halfLife
        {
            // Nothing would change but the expiry, which is far enough: spare the signature. The
            // sequence stays as it is, so a forger gains nothing by this.
            unchanged += 1
            return nil
        }
        guard verifications.take(at: now) else { throw .flood }
        try BeaconCodec.verify(unverified)
        let isNew = previous.map { $0.expiry < unixMilliseconds } ?? true
        remember(beacon, addresses)
        accepted += 1
        return Discovery(peer: beacon.peerID, addresses: addresses, isNew: isNew)
    }

    private func checkExpiry(_ beacon: Beacon, _ now: UInt64) throws(BeaconFault) {
        let tolerance = UInt64(limits.clockTolerance.wholeNanoseconds / 1_000_000)
        let lifetime = UInt64(limits.maximumLifetime.wholeNanoseconds / 1_000_000)
        let (latest, overflow) = beacon.expiry.addingReportingOverflow(tolerance)
        guard overflow || latest >= now else { throw .stale }
        guard beacon.expiry <= now + lifetime + tolerance else { throw .stale }
    }

    private func isCredible(_ address: Multiaddr, from source: IPAddress) -> Bool {
        guard case (.ip(let ip), let port)? = address.tcpDialTarget, port != 0 else { return false }
        return ip == source || (ip.isLoopback && source.isLoopback)
    }

    private mutating func takeToken(of source: IPEndpoint, at now: Instant) -> Bool {
        // All nodes of this machine send from one port of one loopback address.
        let rate =
            source.address.isLoopback
            ? limits.verificationsPerSecond : limits.datagramsPerSecondAndSource
        var bucket =
            sources.removeValue(forKey: source)
            ?? TokenBucket(rate: rate, burst: rate * 2, now: now)
        defer {
            // Last used last: at the limit the quietest sender is forgotten.
            sources[source] = bucket
            if sources.count > limits.maximumSources { sources.removeFirst() }
        }
        return bucket.take(at: now)
    }

    /// Half of the time a beacon of this network is valid, in milliseconds.
    private var halfLife: UInt64 {
        UInt64(max(0, (interval * 3).wholeNanoseconds / 2_000_000))
    }

    private mutating func remember(_ beacon: Beacon, _ addresses: [Multiaddr]) {
        if known[beacon.peerID] == nil, known.count >= limits.maximumPeers {
            let first = known.min { ($0.value.expiry, $0.key) < ($1.value.expiry, $1.key) }
            if let first { known[first.key] = nil }
        }
        known[beacon.peerID] = Known(
            sequence: beacon.sequence, expiry: beacon.expiry, addresses: addresses)
    }
}
