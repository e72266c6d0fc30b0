import Collections

/// What of the book is written, and how it is read again.
extension StandingMachine {
    /// Peers by the bytes of their IDs.
    static let peerTable: StoreTable = "peers"
    /// Bans by the texts of their subjects.
    static let banTable: StoreTable = "bans"

    /// Whether something has changed since the last ``takeWrites(at:)``.
    var hasUnwritten: Bool { !unwrittenPeers.isEmpty || !unwrittenBans.isEmpty }

    /// Everything that has changed, as one batch.
    mutating func takeWrites() -> WriteBatch {
        var batch = WriteBatch()
        for peer in unwrittenPeers.sorted() {
            if let entry = entries[peer] {
                batch.put(StandingCodec.encode(stored(entry)), for: peer.bytes, in: Self.peerTable)
            } else {
                batch.remove(peer.bytes, in: Self.peerTable)
            }
        }
        for subject in unwrittenBans.sorted(by: { $0.description < $1.description }) {
            let key = Array(subject.description.utf8)
            if let ban = bans[subject] {
                let stored = Ban(
                    subject: subject, reason: ban.reason, since: ban.since,
                    until: ban.until.map { unixMilliseconds($0) })
                batch.put(StandingCodec.encode(stored), for: key, in: Self.banTable)
            } else {
                batch.remove(key, in: Self.banTable)
            }
        }
        unwrittenPeers.removeAll()
        unwrittenBans.removeAll()
        return batch
    }

    /// A batch could not be written: everything is written again next time.
    mutating func forgetWrites() {
        unwrittenPeers.formUnion(entries.keys)
        unwrittenBans.formUnion(bans.keys)
    }

    private func stored(_ entry: Entry) -> StandingCodec.Entry {
        StandingCodec.Entry(
            score: entry.score, updated: unixMilliseconds(entry.updated),
            suspensions: entry.suspensions,
            suspended: entry.suspended.map { unixMilliseconds($0) } ?? 0,
            suspendedUntil: entry.suspendedUntil.map { unixMilliseconds($0) } ?? 0,
            isBanned: entry.isBanned, faults: Array(entry.faults))
    }

    /// Takes what was stored of a peer. The time that the node was down counts as any other.
    mutating func restore(_ stored: StandingCodec.Entry, of peer: PeerID, at now: Instant) {
        guard entries.count < limits.maximumPeers, entries[peer] == nil else { return }
        let wall = unixMilliseconds(now)
        let age = Duration.milliseconds(
            Int64(clamping: wall.subtractingClamped(stored.updated)))
        entries[peer] = Entry(
            score: stored.score * Decay.factor(after: age, halfLife: policy.halfLife), updated: now,
            suspensions: stored.suspensions,
            suspended: stored.suspended == 0 ? nil : instant(stored.suspended, at: now),
            // A wall clock that was set back must not make a suspension longer than any is.
            suspendedUntil: stored.suspendedUntil == 0
                ? nil
                : min(
                    instant(stored.suspendedUntil, at: now),
                    now.advanced(by: policy.maximumSuspension)),
            isBanned: stored.isBanned, faults: Deque(stored.faults))
    }

    /// Takes a ban that was stored.
    mutating func restore(_ ban: Ban, at now: Instant) {
        let subject = ban.subject.normalised
        guard bans.count < limits.maximumBans, bans[subject] == nil else { return }
        if let range = subject.range { rangeLengths[range.length, default: 0] += 1 }
        bans[subject] = BanEntry(
            reason: ban.reason, since: ban.since, until: ban.until.map { instant($0, at: now) })
    }

    /// The instant of a wall-clock time, as far as the clock of instants reaches.
    private func instant(_ unix: UInt64, at now: Instant) -> Instant {
        let wall = unixMilliseconds(now)
        return unix >= wall
            ? now.advanced(by: .milliseconds(Int64(clamping: min(unix - wall, 1 << 50))))
            : now.advanced(by: .zero - .milliseconds(Int64(clamping: min(wall - unix, 1 << 50))))
    }
}
