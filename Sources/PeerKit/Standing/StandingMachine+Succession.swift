import Collections

/// Standing follows an identity from key to key.
extension StandingMachine {
    /// A key has taken the place of another, and stands no better than that did.
    ///
    /// The worse of the two counts, not their sum, so that to hear of a succession again changes
    /// nothing. The old key keeps what is held against it: it may still be used.
    mutating func succeed(_ old: PeerID, by new: PeerID, at now: Instant) -> [Action] {
        guard old != new else { return [] }
        let before = state(of: new, at: now)
        // Looked up first: making room may forget it.
        let inheritance = entries[old]
        if let ban = ban(on: .peer(old), at: now) { inherit(ban, by: new, at: now) }
        if let inheritance {
            if entries[new] == nil { makeRoom(at: now) }
            let own = entries[new] ?? Entry(updated: now)
            entries[new] = merged(own, inheritance, at: now)
            unwrittenPeers.insert(new)
        }
        let after = state(of: new, at: now)
        guard after != before else { return [] }
        let isRefused = after == .suspended || after == .banned
        return [.changed(new, after)] + (isRefused ? [.disconnect(new)] : [])
    }

    private func merged(_ own: Entry, _ old: Entry, at now: Instant) -> Entry {
        var entry = Entry(updated: now)
        entry.score = min(score(own, at: now), score(old, at: now))
        entry.suspensions = max(suspensions(own, at: now), suspensions(old, at: now))
        entry.suspended = [own.suspended, old.suspended].compactMap(\.self).max()
        entry.suspendedUntil = [own.suspendedUntil, old.suspendedUntil].compactMap(\.self).max()
        entry.isBanned = own.isBanned || old.isBanned
        let faults = old.faults.filter { !own.faults.contains($0) } + own.faults
        entry.faults = Deque(
            faults.enumerated()
                .sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
                .suffix(StandingLimits.maximumFaultsPerPeer).map(\.element))
        return entry
    }

    /// A ban made by hand holds for the new key as long as for the old one.
    private mutating func inherit(_ ban: BanEntry, by new: PeerID, at now: Instant) {
        if let own = self.ban(on: .peer(new), at: now), outlasts(own, ban) { return }
        let length = ban.until.map { now.duration(to: $0) }
        do throws(LimitRefusal) {
            _ = try self.ban(.peer(new), for: length, because: ban.reason, at: now)
        } catch {
            // No room for another ban by hand. Being let in is worse than being out for too long.
            var entry = entries.removeValue(forKey: new) ?? Entry(updated: now)
            entry.isBanned = true
            entries[new] = entry
            unwrittenPeers.insert(new)
        }
    }

    private func outlasts(_ one: BanEntry, _ other: BanEntry) -> Bool {
        guard let end = one.until else { return true }
        return other.until.map { $0 <= end } ?? false
    }
}
