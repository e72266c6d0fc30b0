import PeerKit

/// How look-ups went.
struct LookupTally: Sendable {
    var tried = 0
    var found = 0
    var hops: [Int] = []
    var times: [Duration] = []
    var queried = 0
    /// What went wrong, for people: kinds and how often.
    var failures: [String: Int] = [:]

    var medianHops: Double { Double(hops.quantile(0.5) ?? 0) }

    static func += (sum: inout LookupTally, other: LookupTally) {
        sum.tried += other.tried
        sum.found += other.found
        sum.hops += other.hops
        sum.times += other.times
        sum.queried += other.queried
        sum.failures.merge(other.failures, uniquingKeysWith: +)
    }
}

extension Swarm {
    /// Lets random honest peers look for random others, without a connection at first. A peer is found
    /// when a connection with it stands, or its address comes out.
    func lookUp(
        _ count: Int, from askers: [SwarmMember]? = nil, for targets: [SwarmMember]? = nil,
        width: Int = 16
    ) async -> LookupTally {
        var chosen: [(SwarmMember, SwarmMember)] = []
        for _ in 0..<(count * 4) where chosen.count < count {
            guard let asker = sample(askers ?? honest), let target = sample(targets ?? honest),
                asker.number != target.number
            else { continue }
            chosen.append((asker, target))
        }
        let simulation = simulation
        let outcomes = await each(chosen, width: width) { asker, target in
            // Whom one is connected with, one need not look for: hang up first.
            if await asker.node.isConnected(to: target.id) {
                await asker.node.disconnect(target.id)
                try? await simulation.sleep(for: .seconds(1))
            }
            return await Self.lookUp(target, by: asker)
        }
        return outcomes.reduce(into: LookupTally()) { $0 += $1 }
    }

    private static func lookUp(_ target: SwarmMember, by asker: SwarmMember) async -> LookupTally {
        var tally = LookupTally()
        tally.tried = 1
        guard let kademlia = asker.services.kademlia else { return tally }
        do {
            let found = try await kademlia.findPeer(target.id)
            tally.hops = [found.report.hops]
            tally.times = [found.report.duration]
            tally.queried = found.report.queried
            // A connection proves the ID; where none stands, what others say must be right.
            if found.isReached || found.addresses.contains(target.address.withoutPeerID) {
                tally.found = 1
            } else {
                tally.failures["wrong address"] = 1
            }
        } catch let error as KademliaError {
            tally.failures[error.kind] = 1
        } catch {
            tally.failures["other"] = 1
        }
        return tally
    }
}

extension KademliaError {
    /// The error without its particulars.
    var kind: String { String("\(self)".prefix { $0 != ":" }) }
}

extension Array where Element: Comparable {
    /// The element below which a share of all lies; `nil` when there are none.
    func quantile(_ share: Double) -> Element? {
        guard !isEmpty else { return nil }
        return sorted()[Swift.min(count - 1, Int(Double(count) * share))]
    }
}
