import Testing

@testable import PeerKit

@Suite("Suspicion") struct LivenessMachineTests {
    private func peers(_ count: Int) throws -> [PeerID] {
        try (0..<count).map { try PeerIdentity.numbered(UInt64($0)).peerID }.sorted()
    }

    private func at(_ seconds: Int) -> Instant { .zero.advanced(by: .seconds(seconds)) }

    private func seen(
        _ peers: [PeerID], _ bytes: UInt64
    ) -> [(peer: PeerID, received: UInt64)] {
        peers.map { ($0, bytes) }
    }

    /// A machine in which the first of the peers has not answered.
    private func doubting(_ peers: [PeerID]) -> (LivenessMachine, [LivenessMachine.Action]) {
        var machine = LivenessMachine(limits: .init())
        var generator = SimulationGenerator(seed: 1, label: "liveness")
        _ = machine.look(seen(peers, 1), at: at(0))
        _ = machine.look(seen([peers[0]], 1) + seen(Array(peers.dropFirst()), 2), at: at(15))
        let actions = machine.probeFailed(
            peers[0], candidates: peers, at: at(18), using: &generator)
        return (machine, actions)
    }

    @Test func probesOnlyTheSilent() throws {
        let peers = try peers(3)
        var machine = LivenessMachine(limits: .init())
        #expect(machine.look(seen(peers, 1), at: at(0)) == [])
        #expect(machine.look(seen(peers, 1), at: at(14)) == [])
        let changed: [(peer: PeerID, received: UInt64)] = [
            (peers[0], 1), (peers[1], 2), (peers[2], 1),
        ]
        #expect(machine.look(changed, at: at(15)) == [.probe(peers[0]), .probe(peers[2])])
        #expect(machine.look(changed, at: at(16)) == [])
        machine.probeSucceeded(peers[0], at: at(16))
        #expect(machine.state(of: peers[0]) == .alive)
    }

    @Test func asksOthersWhenAProbeFails() throws {
        let peers = try peers(8)
        let (_, actions) = doubting(peers)
        guard case .ask(let helpers, let about)? = actions.first else {
            Issue.record("nobody was asked")
            return
        }
        #expect(about == peers[0])
        #expect(helpers.count == 3)
        #expect(Set(helpers).isSubset(of: peers.dropFirst()))
    }

    @Test("a suspect is probed again, and dead when its time is over")
    func confirms() throws {
        let peers = try peers(8)
        var (machine, _) = doubting(peers)
        #expect(machine.othersAnswered(peers[0], reached: false, at: at(20)) == [])
        // Eight peers have four binary digits.
        #expect(machine.state(of: peers[0]) == .suspect(until: at(32), isProbing: false))
        let now = seen([peers[0]], 1) + seen(Array(peers.dropFirst()), 3)
        #expect(machine.look(now, at: at(21)) == [.probe(peers[0])])
        var generator = SimulationGenerator(seed: 1, label: "liveness")
        #expect(
            machine.probeFailed(peers[0], candidates: peers, at: at(24), using: &generator) == [])
        #expect(machine.look(now, at: at(25)) == [.probe(peers[0])])
        #expect(machine.look(now, at: at(32)) == [.drop(peers[0])])
        #expect(machine.statistics.confirmed == 1)
    }

    @Test("any byte refutes a suspicion, and the failure of an older probe counts nothing")
    func refutes() throws {
        let peers = try peers(8)
        var (machine, _) = doubting(peers)
        _ = machine.othersAnswered(peers[0], reached: false, at: at(20))
        #expect(machine.look(seen(peers, 9), at: at(31)) == [])
        #expect(machine.state(of: peers[0]) == .alive)
        var generator = SimulationGenerator(seed: 1, label: "liveness")
        #expect(
            machine.probeFailed(peers[0], candidates: peers, at: at(31), using: &generator) == [])
        #expect(machine.state(of: peers[0]) == .alive)
        #expect(machine.statistics.refuted == 1)
    }

    @Test("a peer that only others reach is vouched for three times, then dropped")
    func dropsBrokenPaths() throws {
        let peers = try peers(4)
        var machine = LivenessMachine(limits: .init())
        var generator = SimulationGenerator(seed: 1, label: "liveness")
        var actions: [LivenessMachine.Action] = []
        var rounds = 0
        while actions.isEmpty, rounds < 10 {
            let time = 15 * rounds
            let bytes = UInt64(rounds)
            _ = machine.look(
                seen([peers[0]], 1) + seen(Array(peers.dropFirst()), bytes), at: at(time))
            _ = machine.probeFailed(
                peers[0], candidates: peers, at: at(time), using: &generator)
            actions = machine.othersAnswered(peers[0], reached: true, at: at(time))
            rounds += 1
        }
        #expect(actions == [.drop(peers[0])])
        // The first look only begins to watch.
        #expect(rounds == 5)
        #expect(machine.statistics.brokenPaths == 1)
    }

    @Test("with nobody to ask the suspicion begins at once")
    func suspectsAlone() throws {
        let peers = try peers(1)
        let (machine, actions) = doubting(peers)
        #expect(actions == [])
        #expect(machine.statistics.suspected == 1)
    }

    @Test("no more probes at once than allowed, of ten times as many silent peers")
    func boundsProbes() throws {
        var limits = LivenessLimits()
        limits.maximumProbes = 4
        let peers = try peers(40)
        var machine = LivenessMachine(limits: limits)
        _ = machine.look(seen(peers, 1), at: at(0))
        #expect(machine.look(seen(peers, 1), at: at(20)).count == 4)
        #expect(machine.look(seen(peers, 1), at: at(21)).isEmpty)
        // Who is gone is not remembered.
        #expect(machine.look(seen(Array(peers.prefix(2)), 1), at: at(22)).count <= 4)
        #expect(machine.count == 2)
    }
}
