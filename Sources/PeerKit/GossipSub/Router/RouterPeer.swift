import Collections

/// What a router knows of one connected peer.
struct RouterPeer: Sendable {
    /// What it speaks.
    var version: GossipSubVersion
    /// Whether this side dialled a connection with it.
    var isOutbound: Bool
    /// Whether RPCs can be sent to it: not while its stream waits to be opened anew.
    var isReachable = true
    /// The topics it has announced.
    var topics: OrderedSet<String> = []
    /// Messages of it that are being verified or validated.
    var pendingCount = 0
    /// Limits its messages.
    var bucket: TokenBucket
    /// Its excess has been reported in this heartbeat.
    var isExcessReported = false
    /// The heartbeat that the counters below belong to.
    private var tick: UInt64 = 0
    private(set) var haveCount = 0
    private(set) var askedCount = 0
    private(set) var dontWantCount = 0
    /// What it does not want, with the heartbeat up to which.
    private var unwanted: OrderedDictionary<MessageID, UInt64> = [:]

    init(version: GossipSubVersion, isOutbound: Bool, bucket: TokenBucket) {
        self.version = version
        self.isOutbound = isOutbound
        self.bucket = bucket
    }

    /// Counters begin anew with each heartbeat. Done when they are next used, so that a heartbeat
    /// costs nothing for peers that said nothing.
    private mutating func roll(to tick: UInt64) {
        guard tick != self.tick else { return }
        self.tick = tick
        haveCount = 0
        askedCount = 0
        dontWantCount = 0
        isExcessReported = false
    }

    /// Counts an IHAVE; how many there were in this heartbeat.
    mutating func countHave(in tick: UInt64) -> Int {
        roll(to: tick)
        haveCount += 1
        return haveCount
    }

    /// Counts IDs asked for by IWANT.
    mutating func countAsked(_ count: Int, in tick: UInt64) {
        roll(to: tick)
        askedCount += count
    }

    /// Whether excess is to be reported: once in a heartbeat.
    mutating func mayReportExcess(in tick: UInt64) -> Bool {
        roll(to: tick)
        defer { isExcessReported = true }
        return !isExcessReported
    }

    /// Remembers what the peer does not want.
    ///
    /// - Returns: How many IDs were over the limits.
    mutating func dontWant(
        _ ids: [MessageID], in tick: UInt64, parameters: GossipSubParameters,
        limits: GossipSubLimits
    ) -> Int {
        roll(to: tick)
        dontWantCount += 1
        guard dontWantCount <= parameters.maximumIDontWantMessages else { return ids.count }
        let end = tick + UInt64(parameters.iDontWantMessageTTL)
        // In the order of their ends, as every one lasts equally long.
        while let first = unwanted.elements.first, first.value < tick { unwanted.removeFirst() }
        var dropped = max(0, ids.count - parameters.maximumIDontWantLength)
        for id in ids.prefix(parameters.maximumIDontWantLength) {
            if unwanted[id] == nil, unwanted.count >= limits.maximumUnwantedPerPeer {
                dropped += 1
            } else {
                unwanted.removeValue(forKey: id)
                unwanted[id] = end
            }
        }
        return dropped
    }

    /// Whether the peer has said that it does not want a message.
    func refuses(_ id: MessageID, in tick: UInt64) -> Bool {
        guard !unwanted.isEmpty, let end = unwanted[id] else { return false }
        return tick <= end
    }

    /// Number of IDs remembered by ``dontWant(_:in:parameters:limits:)``.
    var unwantedCount: Int { unwanted.count }
}
