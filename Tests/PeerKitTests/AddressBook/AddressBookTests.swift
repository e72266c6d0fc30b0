import Testing

@testable import PeerKit

@Suite("The address book, in a simulated network") struct AddressBookTests {
    @Test("a restarted peer finds back by the book alone", arguments: 1...5)
    func rejoins(seed: UInt64) throws {
        try Simulation.run(seed: seed, conditions: .lan) { simulation in
            var others: [PeerNode] = []
            for number in 0..<5 {
                others.append(try await SimulatedPeers.start(simulation.node("n\(number)")))
            }
            let place = simulation.node("restarted")
            place.setCommitLatency(.milliseconds(5))
            let node = try await SimulatedPeers.start(place, services: [AddressBook()])
            for other in others { try await node.connect(to: try await other.address) }
            try await simulation.sleep(for: .seconds(10))
            place.crash()
            await node.stop()
            try await simulation.sleep(for: .seconds(5))
            for other in others { #expect(await other.connectedPeers.isEmpty) }

            let book = AddressBook()
            let again = try await SimulatedPeers.start(
                place.restart(), identity: node.identity, services: [book])
            try await simulation.sleep(for: .seconds(5))
            #expect(await again.connectedPeers == others.map(\.peerID).sorted())
            // Known from the disk and known again: the records are the peers' own.
            for other in others {
                let envelope = try #require(await book.record(of: other.peerID))
                let addresses = await other.boundAddresses
                #expect(try PeerRecord.open(envelope).addresses == addresses)
            }
            await again.stop()
            for other in others { await other.stop() }
            try again.requireNothingLeft()
        }
    }

    @Test func aBookThatCannotBeOpenedIsNoReasonNotToRun() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let place = simulation.node("a")
            // The store is open already: opening it again fails.
            let taken = try await place.runtime.storage.openStore("addressbook")
            let book = AddressBook()
            let node = try await SimulatedPeers.start(place, services: [book])
            let other = try await SimulatedPeers.start(simulation.node("b"))
            try await node.connect(to: try await other.address)
            try await simulation.sleep(for: .seconds(5))
            #expect(await book.entries().map(\.peerID) == [other.peerID.description])
            await node.stop()
            await other.stop()
            await taken.close()
        }
    }

    @Test func whatIsDamagedOnDiskIsLeftOutAndRemoved() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let place = simulation.node("a")
            let good = try await AddressBookMachineTests.record(7)
            var entry = AddressBookEntry(successes: 1)
            entry.certificate = .init(
                sequence: 1, addresses: good.record.addresses, envelope: good.envelope, learned: 1)
            entry.lastSuccess = place.runtime.clock.unixNanoseconds / 1_000_000_000
            entry.lastSeen = entry.lastSuccess
            let damaged = try PeerIdentity.numbered(8).peerID
            let store = try await place.runtime.storage.openStore("addressbook")
            var batch = WriteBatch()
            batch.put(
                AddressBookCodec.encode(entry), for: good.record.peerID.bytes, in: "peers")
            batch.put(AddressBookCodec.encode(entry), for: damaged.bytes, in: "peers")
            batch.put([0xff], for: [1, 2, 3], in: "peers")
            try await store.commit(batch)
            await store.close()

            let book = AddressBook()
            let node = try await SimulatedPeers.start(place, services: [book])
            try await simulation.sleep(for: .seconds(30))
            #expect(await book.entries().map(\.peerID) == [good.record.peerID.description])
            // It does not answer, and that is remembered.
            #expect(await book.entries().first?.failures == 1)
            await node.stop()
            let after = try await place.runtime.storage.openStore("addressbook")
            #expect(try await after.value(for: damaged.bytes, in: "peers") == nil)
            #expect(try await after.value(for: good.record.peerID.bytes, in: "peers") != nil)
            await after.close()
        }
    }

    @Test func aReplayerIsReportedAndNotBelieved() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            let log = FaultLog()
            let book = AddressBook()
            let node = try await SimulatedPeers.start(
                simulation.node("a"), configure: { $0.log = log.logger }, services: [book])
            let replayer = Replayer(
                node: try await SimulatedPeers.start(simulation.node("replayer")))
            let liar = replayer.node.peerID
            try await replayer.node.connect(to: try await node.address)
            try await simulation.sleep(for: .seconds(1))
            let before = try #require(await book.record(of: liar))
            let sequence = try PeerRecord.open(before).sequence
            let old = [AddressBookMachineTests.address(99)]
            // At once, it may have been overtaken; later it is a replay.
            try await replayer.push(sequence - 1, old, to: node.peerID)
            try await simulation.sleep(for: .seconds(1))
            #expect(log.count(.replay, by: liar) == 0)
            try await simulation.sleep(for: .seconds(60))
            try await replayer.push(sequence - 1, old, to: node.peerID)
            try await simulation.sleep(for: .seconds(1))
            #expect(log.count(.replay, by: liar) == 1)
            #expect(await book.record(of: liar) == before)
            // Two statements under one number.
            try await replayer.push(sequence, old, to: node.peerID)
            try await simulation.sleep(for: .seconds(1))
            #expect(log.count(.equivocation, by: liar) == 1)
            #expect(await book.record(of: liar) == before)
            await replayer.node.stop()
            await node.stop()
        }
    }
}
