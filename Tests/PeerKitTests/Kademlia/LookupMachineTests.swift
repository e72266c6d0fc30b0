import Testing

@testable import PeerKit

@Suite("A look-up") struct LookupMachineTests {
    /// Peers in the order of their distance from `target`.
    static let target = KademliaKey(hashing: Array("target".utf8))
    static let peers: [KademliaPeer] = KademliaTestPeers.make(300).sorted {
        KademliaKey($0.id).distance(to: target) < KademliaKey($1.id).distance(to: target)
    }
    static let local = KademliaTestPeers.make(301)[300].id

    private func machine(
        paths: Int = 1, concurrency: Int = 10, followsUp: Bool = true, wanted: PeerID? = nil,
        maximumQueries: Int = 256, target: KademliaKey = LookupMachineTests.target
    ) -> LookupMachine {
        var parameters = LookupMachine.Parameters()
        parameters.paths = paths
        parameters.concurrency = concurrency
        parameters.followsUp = followsUp
        parameters.maximumQueries = maximumQueries
        return LookupMachine(
            target: target, wanted: wanted, local: Self.local, parameters: parameters)
    }

    /// Answers every request by `answer` until the machine has finished.
    private func run(
        _ machine: inout LookupMachine, _ answer: (KademliaPeer) -> [KademliaPeer]?
    ) -> [PeerID] {
        var asked: [PeerID] = []
        var pending: [LookupMachine.Query] = []
        while true {
            pending += machine.next()
            if machine.isFinished || pending.isEmpty { return asked }
            let query = pending.removeFirst()
            asked.append(query.peer.id)
            if let closer = answer(query.peer) {
                machine.answered(by: query.peer.id, closer: closer)
            } else {
                machine.failed(query.peer.id, .unreachable)
            }
        }
    }

    @Test("asks at most α peers at once", arguments: [1, 3, 10])
    func concurrency(alpha: Int) {
        var machine = machine(concurrency: alpha)
        machine.start(from: Array(Self.peers[100..<120]))
        #expect(machine.next().count == alpha)
        #expect(machine.next().isEmpty)
    }

    @Test(
        "finds the k nearest when everybody answers, and asks no peer twice", arguments: [1, 3, 8])
    func findsNearest(paths: Int) {
        var machine = machine(paths: paths)
        machine.start(from: Array(Self.peers[280..<300]))
        // Everybody knows the twenty that are next nearer.
        let asked = run(&machine) { peer in
            let index = Self.peers.firstIndex(of: peer) ?? 0
            return Array(Self.peers[max(0, index - 40)..<max(20, index - 20)])
        }
        #expect(machine.closest.map(\.id) == Self.peers.prefix(20).map(\.id))
        #expect(Set(asked).count == asked.count)
        #expect(machine.pathCount == paths)
    }

    @Test("ends when everybody fails, and says who and why")
    func everybodyFails() {
        var machine = machine()
        machine.start(from: Array(Self.peers.prefix(20)))
        let asked = run(&machine) { _ in nil }
        #expect(asked.count == 20)
        #expect(machine.closest.isEmpty)
        let report = machine.report(after: .seconds(1))
        #expect(report.failed.count == 20 && report.queried == 20)
        #expect(report.failed.allSatisfy { $0.reason == .unreachable })
    }

    @Test("ends at once with nobody to ask")
    func nobody() {
        var machine = machine()
        machine.start(from: [])
        #expect(machine.next().isEmpty)
        #expect(machine.isFinished)
    }

    @Test("asks the wanted peer as soon as it is heard of, above α")
    func wantedFirst() {
        let wanted = Self.peers[0]
        var machine = machine(
            concurrency: 1, wanted: wanted.id, target: KademliaKey(wanted.id))
        machine.start(from: Array(Self.peers[100..<120]))
        let first = machine.next()
        #expect(first.count == 1)
        machine.answered(by: first[0].peer.id, closer: [Self.peers[50], wanted])
        let second = machine.next()
        #expect(second.first?.peer.id == wanted.id)
        machine.finish(at: wanted.id)
        #expect(machine.isFinished)
        #expect(machine.report(after: .zero).hops == 1)
    }

    @Test("counts hops from this node's own table")
    func hops() {
        var machine = machine(followsUp: false)
        machine.start(from: [Self.peers[200]])
        var depth = 0
        let chain = [150, 100, 50, 0]
        _ = run(&machine) { _ in
            defer { depth += 1 }
            return depth < chain.count ? [Self.peers[chain[depth]]] : []
        }
        #expect(machine.report(after: .zero).hops == 4)
    }

    @Test("tries a peer again only at addresses that were not tried, and three times at most")
    func newAddresses() {
        var machine = machine(concurrency: 1)
        let peer = Self.peers[0]
        func named(_ port: UInt16) -> KademliaPeer {
            KademliaPeer(id: peer.id, addresses: [KademliaTestPeers.address(port)])
        }
        machine.start(from: Array(Self.peers[100..<120]))
        var tries: [[Multiaddr]] = []
        var port: UInt16 = 1
        _ = run(&machine) { asked in
            if asked.id == peer.id {
                tries.append(asked.addresses)
                return nil
            }
            port += 1
            return [named(1), named(port)]
        }
        #expect(tries.count == LookupMachine.maximumAttempts)
        #expect(Set(tries.flatMap { $0 }).count == tries.flatMap { $0 }.count)
    }

    @Test("a liar's invented peers cost no more than its path's share")
    func inventedPeers() {
        var machine = machine(paths: 3, maximumQueries: 60)
        let seeds = Array(Self.peers[200..<206])
        machine.start(from: seeds)
        let invented = KademliaTestPeers.make(3000, from: 1000).sorted {
            KademliaKey($0.id).distance(to: Self.target)
                < KademliaKey($1.id).distance(to: Self.target)
        }
        var next = 0
        // The first seed and all that it names go on inventing; the honest know the true nearest.
        let liars = Set([seeds[0].id] + invented.map(\.id))
        let asked = run(&machine) { peer in
            guard liars.contains(peer.id) else { return Array(Self.peers.prefix(20)) }
            next += 20
            return Array(invented[max(0, 3000 - next)..<(3020 - next)])
        }
        #expect(asked.count <= 2 * 60 + 20)
        // The nearest honest ones have been asked all the same.
        #expect(asked.contains(Self.peers[0].id))
        #expect(machine.closest.contains { $0.id == Self.peers[0].id })
    }

    @Test("remembers no more candidates than its limit, though named tenfold")
    func candidateLimit() {
        var parameters = LookupMachine.Parameters()
        parameters.paths = 1
        parameters.maximumCandidatesPerPath = 25
        var machine = LookupMachine(
            target: Self.target, local: Self.local, parameters: parameters)
        machine.start(from: Array(Self.peers[290..<300]))
        var start = 290
        _ = run(&machine) { _ in
            start = max(0, start - 20)
            return Array(Self.peers[start..<(start + 20)])
        }
        #expect(machine.candidates.count <= 25 + 20)
    }

    @Test("keeps its invariants under random events", arguments: 0..<50)
    func randomEvents(seed: UInt64) {
        var generator = SimulationGenerator(seed: seed, label: "lookup")
        var machine = machine(
            paths: Int.random(in: 1...8, using: &generator),
            concurrency: Int.random(in: 1...10, using: &generator), maximumQueries: 50)
        machine.start(from: Array(Self.peers.shuffled(using: &generator).prefix(20)))
        var asked: [PeerID: Int] = [:]
        var pending: [LookupMachine.Query] = []
        for _ in 0..<1000 where !machine.isFinished {
            for query in machine.next() {
                asked[query.peer.id, default: 0] += 1
                pending.append(query)
            }
            guard !pending.isEmpty else { break }
            let query = pending.remove(at: Int.random(in: 0..<pending.count, using: &generator))
            if Bool.random(using: &generator) {
                machine.failed(query.peer.id, .noAnswer)
            } else {
                machine.answered(
                    by: query.peer.id,
                    closer: Array(Self.peers.shuffled(using: &generator).prefix(20)))
            }
            let distances = machine.candidates.map(\.distance)
            #expect(distances == distances.sorted())
            #expect(machine.closest.count <= 20)
        }
        #expect(machine.isFinished)
        #expect(asked.values.allSatisfy { $0 <= LookupMachine.maximumAttempts })
        #expect(asked.values.reduce(0, +) <= 2 * 50 + 10)
    }
}
