import Collections

/// Weighs the values that holders give for one key.
struct QuorumMachine: Sendable {
    /// What one answer comes to.
    enum Verdict: Sendable, Hashable {
        /// It holds nothing.
        case nothing
        /// Its value is as good as the best.
        case agrees
        /// Its value is better than all before.
        case better
        /// Its value is outdated.
        case stale
        /// Its value does not hold.
        case invalid(RecordError)
        /// Its value and the best are both signed, and only one may be.
        case equivocation(by: PeerID)
    }

    private let key: [UInt8]
    private let validators: RecordValidators
    private(set) var best: [UInt8]?
    /// Who holds the best.
    private(set) var holders: OrderedSet<PeerID> = []
    /// Who answered with an older value, or, of the nearest, with none.
    private(set) var outdated: OrderedSet<PeerID> = []

    init(key: [UInt8], validators: RecordValidators) {
        self.key = key
        self.validators = validators
    }

    /// Holders of the best value.
    var agreeing: Int { holders.count }

    /// A peer has answered.
    mutating func receive(_ record: KademliaMessage.Record?, from peer: PeerID) -> Verdict {
        guard !holders.contains(peer), !outdated.contains(peer) else { return .nothing }
        guard let record else {
            outdated.append(peer)
            return .nothing
        }
        guard record.key == key else { return .invalid(.wrongKey) }
        if record.value == best {
            holders.append(peer)
            return .agrees
        }
        do {
            try validators.validate(key: key, value: record.value)
        } catch {
            return .invalid(error)
        }
        guard let best else {
            prefer(record.value, of: peer)
            return .better
        }
        switch validators.relation(key: key, of: record.value, to: best) {
        case .same:
            holders.append(peer)
            return .agrees
        case .newer:
            prefer(record.value, of: peer)
            return .better
        case .older:
            outdated.append(peer)
            return .stale
        case .equivocation(let author, let prefersFirst):
            if prefersFirst { prefer(record.value, of: peer) } else { outdated.append(peer) }
            return .equivocation(by: author)
        }
    }

    private mutating func prefer(_ value: [UInt8], of peer: PeerID) {
        best = value
        outdated.append(contentsOf: holders)
        holders = [peer]
    }
}
