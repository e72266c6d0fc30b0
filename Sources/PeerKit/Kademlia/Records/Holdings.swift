/// Everything a node holds in the hash table's name, and what of it is not on disk yet.
struct Holdings: Sendable {
    let validators: RecordValidators
    var records: RecordStore
    var providers: ProviderStore
    var publications: Publications
    var journal = ArchiveJournal()

    init(local: KademliaKey, limits: KademliaLimits, validators: RecordValidators) {
        records = RecordStore(local: local, limits: limits)
        providers = ProviderStore(local: local, limits: limits)
        publications = Publications(limit: limits.maximumPublications)
        self.validators = validators
    }

    /// What has become of a value that somebody wants stored.
    enum Verdict: Sendable, Hashable {
        /// It is held now.
        case stored
        /// It was held before.
        case held
        /// A newer one is held.
        case superseded(by: [UInt8])
        /// It is as old as the one held and differs: whoever signed both lies.
        case equivocation(by: PeerID, held: [UInt8])
        /// It does not hold.
        case invalid(RecordError)
        /// There is no room.
        case full
    }

    /// Checks a value against its validator and the one held, and holds the better.
    mutating func offer(
        _ value: [UInt8], for key: [UInt8], lifetime: Duration, _ clock: ArchiveClock
    ) -> Verdict {
        let held = records.entry(for: key, at: clock.now)?.value
        var verdict = Verdict.stored
        if value == held {
            verdict = .held
        } else {
            do {
                try validators.validate(key: key, value: value)
            } catch {
                return .invalid(error)
            }
            if let held {
                switch validators.relation(key: key, of: value, to: held) {
                case .newer: break
                case .same: verdict = .held
                case .older: return .superseded(by: held)
                case .equivocation(let author, let prefersFirst):
                    if !prefersFirst { return .equivocation(by: author, held: held) }
                    verdict = .equivocation(by: author, held: value)
                }
            }
        }
        // A value put again lives on, whichever signature it has.
        let isStored = hold(value, for: key, lifetime: lifetime, clock)
        return isStored ? verdict : .full
    }

    private mutating func hold(
        _ value: [UInt8], for key: [UInt8], lifetime: Duration, _ clock: ArchiveClock
    ) -> Bool {
        let entry = RecordStore.Entry(
            key: key, value: value, received: clock.unixNanoseconds,
            expires: clock.now.advanced(by: lifetime))
        let outcome = records.put(entry)
        for evicted in outcome.evicted {
            journal.remove(evicted.bytes, in: KademliaArchive.records)
        }
        if outcome.isStored {
            journal.put(
                KademliaArchive.encode(entry, clock), for: KademliaKey(hashing: key).bytes,
                in: KademliaArchive.records)
        }
        return outcome.isStored
    }

    /// A peer says that it has a content.
    ///
    /// - Returns: Whether there was room.
    mutating func addProvider(
        _ peer: KademliaPeer, of key: [UInt8], lifetime: Duration, _ clock: ArchiveClock
    ) -> Bool {
        let provider = ProviderStore.Provider(
            peer: peer, expires: clock.now.advanced(by: lifetime))
        let outcome = providers.add(provider, for: key)
        for evicted in outcome.evicted {
            journal.remove(KademliaArchive.key(evicted), in: KademliaArchive.providers)
        }
        if outcome.isStored {
            let position = ProviderStore.Position(
                key: KademliaKey(hashing: key), provider: peer.id)
            journal.put(
                KademliaArchive.encode(provider, of: key, clock),
                for: KademliaArchive.key(position), in: KademliaArchive.providers)
        }
        return outcome.isStored
    }

    /// Remembers to announce something again.
    mutating func publish(_ item: Publications.Item, _ clock: ArchiveClock) {
        if let forgotten = publications.set(item) {
            journal.remove(KademliaArchive.key(forgotten), in: KademliaArchive.publications)
        }
        journal.put(
            KademliaArchive.encode(item, clock),
            for: KademliaArchive.key(Publications.Name(item)), in: KademliaArchive.publications)
    }

    /// Announces something no more.
    mutating func withdraw(_ name: Publications.Name) {
        publications.remove(name)
        journal.remove(KademliaArchive.key(name), in: KademliaArchive.publications)
    }

    /// Forgets what has expired.
    mutating func expire(at now: Instant) {
        for key in records.expire(at: now) {
            journal.remove(key.bytes, in: KademliaArchive.records)
        }
        for position in providers.expire(at: now) {
            journal.remove(KademliaArchive.key(position), in: KademliaArchive.providers)
        }
    }
}
