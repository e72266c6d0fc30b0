import Testing

@testable import PeerKit

@Suite("Peer exchange, in a simulated network") struct PeerExchangeTests {
    struct Member {
        var node: PeerNode
        var book: AddressBook
        var exchange: PeerExchange
    }

    static func member(
        _ place: SimulatedNode, log: FaultLog? = nil, limits: PeerExchangeLimits = .init(),
        extra: [any PeerService] = []
    ) async throws -> Member {
        let book = AddressBook()
        let exchange = PeerExchange(addressBook: book, limits: limits)
        let node = try await SimulatedPeers.start(
            place, configure: { if let log { $0.log = log.logger } },
            services: [book, exchange] + extra)
        return Member(node: node, book: book, exchange: exchange)
    }

    @Test("a newcomer's one acquaintance makes it known to everybody", arguments: 1...3)
    func announcements(seed: UInt64) throws {
        try Simulation.run(seed: seed, conditions: .lan) { simulation in
            // A ring, so that an announcement has several hops to go.
            var ring: [Member] = []
            for number in 0..<9 {
                ring.append(try await Self.member(simulation.node("n\(number)")))
            }
            for index in ring.indices {
                let next = ring[(index + 1) % ring.count]
                try await ring[index].node.connect(to: try await next.node.address)
            }
            try await simulation.sleep(for: .seconds(2))
            let newcomer = try await Self.member(simulation.node("newcomer"))
            try await newcomer.node.connect(to: try await ring[0].node.address)
            try await simulation.sleep(for: .seconds(2))
            for index in ring.indices {
                let record = await ring[index].book.record(of: newcomer.node.peerID)
                let distance = min(index, ring.count - index)
                #expect((record != nil) == (distance <= 4), "distance \(distance)")
            }
            for member in ring + [newcomer] { await member.node.stop() }
        }
    }

    @Test func whoAsksHearsOfWhomTheOtherHasReached() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let hub = try await Self.member(simulation.node("hub"))
            let asker = try await Self.member(simulation.node("asker"))
            let dialled = try await Self.member(simulation.node("dialled"))
            let dialling = try await Self.member(simulation.node("dialling"))
            // Heard of only, never reached.
            let rumour = try await AddressBookMachineTests.record(9)
            try await hub.node.connect(to: try await dialled.node.address)
            try await dialling.node.connect(to: try await hub.node.address)
            await hub.book.certify(
                rumour.record, envelope: rumour.envelope, from: dialled.node.peerID, on: hub.node)
            try await simulation.sleep(for: .seconds(2))
            try await asker.node.connect(to: try await hub.node.address)
            try await simulation.sleep(for: .seconds(1))
            let found = try await asker.exchange.findSome(16)
            #expect(
                found.map(\.id).sorted()
                    == [dialled.node.peerID, dialling.node.peerID].sorted())
            // And that is enough to get there.
            try await asker.node.connect(to: dialled.node.peerID)
            // Asked a moment ago: nobody is left to ask.
            await asker.node.disconnect(dialled.node.peerID)
            try await simulation.sleep(for: .seconds(1))
            await #expect(throws: PeerSourceError.nobodyToAsk) {
                _ = try await asker.exchange.findSome(16)
            }
            for member in [hub, asker, dialled, dialling] { await member.node.stop() }
        }
    }

    @Test func aLiarIsReportedAndItsVictimSpared() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let log = FaultLog()
            let victim = simulation.node("victim")
            let address = Multiaddr(
                ip: IPEndpoint(address: victim.address, port: 9), transport: .tcp)
            let liar = try await SimulatedPeers.start(
                simulation.node("liar"), services: [ExchangeLiar(victim: address)])
            let book = AddressBook()
            let exchange = PeerExchange(addressBook: book)
            var configuration = Joining.Configuration()
            configuration.peers = [try await liar.address]
            let joining = Joining(configuration, sources: [book, exchange])
            let node = try await SimulatedPeers.start(
                simulation.node("a"), configure: { $0.log = log.logger },
                services: [book, exchange, joining])
            try await simulation.sleep(for: .seconds(120))
            #expect(log.count(.falseClaim, by: liar.peerID) >= 1)
            #expect(await exchange.statistics.liars >= 1)
            let refused = simulation.statistics.connections
            // Once it is known for what it is, it is not asked for ten minutes: nothing new comes.
            try await simulation.sleep(for: .seconds(240))
            #expect(simulation.statistics.connections == refused)
            await node.stop()
            await liar.stop()
        }
    }

    @Test func moreRecordsThanAskedForAreAFault() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let log = FaultLog()
            let address = AddressBookMachineTests.address(77)
            let liar = try await SimulatedPeers.start(
                simulation.node("liar"), services: [ExchangeLiar(victim: address, count: 160)])
            let member = try await Self.member(simulation.node("a"), log: log)
            try await member.node.connect(to: try await liar.address)
            try await simulation.sleep(for: .seconds(1))
            await #expect(throws: PeerSourceError.self) {
                _ = try await member.exchange.findSome(16)
            }
            #expect(log.count(.protocolViolation, by: liar.peerID) == 1)
            #expect(await member.book.entries().map(\.peerID) == [liar.peerID.description])
            await member.node.stop()
            await liar.stop()
        }
    }

    /// Sends messages one after the other until it is thrown out; returns how many went.
    private func flood(
        _ messages: [PeerExchangeMessage], from flooder: PeerNode, to peer: PeerID
    ) async -> Int {
        for (index, message) in messages.enumerated() {
            do {
                let stream = try await flooder.newStream(
                    to: peer, protocol: PeerExchange.protocolID)
                try await stream.writeMessage(PeerExchangeCodec.encode(message))
                if case .question = message { _ = try await stream.readMessage(limit: 65_536) }
                await stream.close()
            } catch {
                return index
            }
        }
        return messages.count
    }

    @Test func whoAsksTenTimesTooOftenIsReportedAndThrownOut() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let log = FaultLog()
            let member = try await Self.member(simulation.node("a"), log: log)
            let flooder = try await SimulatedPeers.start(simulation.node("flooder"))
            try await flooder.connect(to: try await member.node.address)
            let questions = [PeerExchangeMessage](repeating: .question(count: 16), count: 30)
            let sent = await flood(questions, from: flooder, to: member.node.peerID)
            // Three are answered, then each counts, until the peer is suspended.
            #expect((9...20).contains(sent), "\(sent)")
            #expect(log.count(.excess, by: flooder.peerID) >= 9)
            try await simulation.sleep(for: .seconds(1))
            #expect(await !member.node.isConnected(to: flooder.peerID))
            await member.node.stop()
            await flooder.stop()
        }
    }

    @Test func whoAnnouncesTenTimesTooMuchIsReportedAndThrownOut() throws {
        try Simulation.run(seed: 1, conditions: .ideal) { simulation in
            let log = FaultLog()
            let member = try await Self.member(simulation.node("a"), log: log)
            let flooder = try await SimulatedPeers.start(simulation.node("flooder"))
            try await flooder.connect(to: try await member.node.address)
            try await simulation.sleep(for: .seconds(1))
            let before = await member.book.entries().count
            var messages: [PeerExchangeMessage] = []
            for number in 0..<1280 as Range<UInt64> {
                let (_, envelope) = try await AddressBookMachineTests.record(1000 + number)
                messages.append(.announcement(record: envelope, hops: 4))
            }
            let sent = await flood(messages, from: flooder, to: member.node.peerID)
            #expect(sent < 1280)
            try await simulation.sleep(for: .seconds(1))
            let taken = await member.book.entries().count - before
            // A burst of 128, and what the seconds of sending have let in.
            #expect((100...150).contains(taken), "\(taken)")
            #expect(log.count(.excess, by: flooder.peerID) >= 9)
            #expect(await !member.node.isConnected(to: flooder.peerID))
            await member.node.stop()
            await flooder.stop()
        }
    }
}
