import Testing

@testable import PeerKit

@Suite("Joining, in a simulated network") struct JoiningTests {
    struct Member {
        var node: PeerNode
        var book: AddressBook
        var joining: Joining
    }

    static func member(
        _ place: SimulatedNode, identity: PeerIdentity? = nil, peers: [Multiaddr] = [],
        target: Int = 3, lan: Bool = false
    ) async throws -> Member {
        let book = AddressBook()
        let exchange = PeerExchange(addressBook: book)
        var configuration = Joining.Configuration()
        configuration.peers = peers
        configuration.target = target
        let joining = Joining(configuration, sources: [book, exchange])
        var discovery = LANDiscovery.Configuration()
        discovery.connects = false
        let node = try await SimulatedPeers.start(
            place, identity: identity,
            services: [book, exchange, joining] + (lan ? [LANDiscovery(discovery)] : []))
        return Member(node: node, book: book, joining: joining)
    }

    /// Whether every member can be reached from the first over connections.
    static func isWhole(_ members: [Member]) async -> Bool {
        var reached: Set<PeerID> = []
        var border = [members[0].node.peerID]
        while let peer = border.popLast() {
            guard reached.insert(peer).inserted,
                let member = members.first(where: { $0.node.peerID == peer })
            else { continue }
            border += await member.node.connectedPeers
        }
        return members.allSatisfy { reached.contains($0.node.peerID) }
    }

    @Test("one configured peer is enough to get to know a network", arguments: 1...3)
    func oneAcquaintance(seed: UInt64) throws {
        try Simulation.run(seed: seed, conditions: .lan) { simulation in
            var members = [try await Self.member(simulation.node("first"))]
            let address = try await members[0].node.address
            for number in 1..<12 {
                members.append(
                    try await Self.member(simulation.node("n\(number)"), peers: [address]))
            }
            try await simulation.sleep(for: .seconds(60))
            for member in members {
                #expect(await member.node.connectedPeers.count >= 3)
                let report = try #require(await member.joining.report())
                #expect(report.isSatisfied)
            }
            #expect(await Self.isWhole(members))
            // The network outlives whom everybody came by.
            await members[0].node.stop()
            members.removeFirst()
            try await simulation.sleep(for: .seconds(60))
            #expect(await Self.isWhole(members))
            for member in members { await member.node.stop() }
        }
    }

    enum Bridge: String, Sendable, CaseIterable {
        case configuredPeer, addressBook, beacon, source
    }

    struct OneName: PeerSource {
        let name = "walk"
        let peer: KnownPeer
        func findSome(_ count: Int) async -> [KnownPeer] { [peer] }
    }

    @Test("two islands merge once one peer hears of one of the other", arguments: Bridge.allCases)
    func islandsMerge(bridge: Bridge) throws {
        try Simulation.run(seed: 4, conditions: .lan) { simulation in
            var islands: [[Member]] = []
            for island in 0..<2 {
                var members = [
                    try await Self.member(simulation.node("\(island)-0"), lan: bridge == .beacon)
                ]
                let address = try await members[0].node.address
                for number in 1..<5 {
                    let place = simulation.node("\(island)-\(number)")
                    members.append(
                        try await Self.member(place, peers: [address], lan: bridge == .beacon))
                }
                islands.append(members)
                if island == 0, bridge == .beacon {
                    // The second island is out of the first one's hearing until later.
                }
            }
            if bridge != .beacon {
                try await simulation.sleep(for: .seconds(60))
                #expect(await !Self.isWhole(islands[0] + islands[1]))
                #expect(await Self.isWhole(islands[0]))
                #expect(await Self.isWhole(islands[1]))
            }
            let there = islands[1][2]
            let known = KnownPeer(
                id: there.node.peerID, addresses: await there.node.boundAddresses)
            var extra: Member?
            switch bridge {
            case .configuredPeer:
                let member = try await Self.member(
                    simulation.node("bridge"),
                    peers: [
                        try await islands[0][1].node.address, try await there.node.address,
                    ])
                extra = member
            case .addressBook, .source:
                // The address of one there comes to the ear of one here, that is all.
                await islands[0][3].node.learn(
                    known.id, at: known.addresses,
                    source: bridge == .source ? "walk" : "address-book")
            case .beacon: break
            }
            try await simulation.sleep(for: .seconds(180))
            let all = islands[0] + islands[1] + (extra.map { [$0] } ?? [])
            #expect(await Self.isWhole(all))
            // Not by one thread only: whoever goes, the rest hangs together.
            let bridgeEnd = there.node
            await bridgeEnd.stop()
            let rest = all.filter { $0.node.peerID != bridgeEnd.peerID }
            try await simulation.sleep(for: .seconds(120))
            #expect(await Self.isWhole(rest))
            for member in rest { await member.node.stop() }
        }
    }

    @Test func asksAnySourceItIsGiven() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let there = try await SimulatedPeers.start(simulation.node("there"))
            let known = KnownPeer(id: there.peerID, addresses: await there.boundAddresses)
            let joining = Joining(sources: [OneName(peer: known)])
            let node = try await SimulatedPeers.start(
                simulation.node("here"), services: [joining])
            try await simulation.sleep(for: .seconds(5))
            #expect(await node.connectedPeers == [there.peerID])
            let report = try #require(await joining.report())
            let walk = try #require(report.sources.first { $0.name == "walk" })
            #expect(walk.connected == 1 && walk.found == 1 && walk.lastError == nil)
            await node.stop()
            await there.stop()
        }
    }

    @Test("a third killed and restarted with nothing but their books come back", arguments: 1...3)
    func restartedByTheBookAlone(seed: UInt64) throws {
        try Simulation.run(seed: seed, conditions: .lan) { simulation in
            var places: [SimulatedNode] = []
            var members: [Member] = []
            for number in 0..<9 {
                let place = simulation.node("n\(number)")
                let first = members.first
                let peers = first == nil ? [] : [try await members[0].node.address]
                places.append(place)
                members.append(try await Self.member(place, peers: peers))
            }
            try await simulation.sleep(for: .seconds(30))
            for index in 0..<3 {
                places[index].crash()
                await members[index].node.stop()
            }
            try await simulation.sleep(for: .seconds(10))
            for index in 0..<3 {
                // No configured peer, no beacon: only what is on disk.
                members[index] = try await Self.member(
                    places[index].restart(), identity: members[index].node.identity)
            }
            try await simulation.sleep(for: .seconds(20))
            for member in members { #expect(await member.node.connectedPeers.count >= 3) }
            #expect(await Self.isWhole(members))
            for member in members { await member.node.stop() }
        }
    }
}
