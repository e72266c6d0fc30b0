import Testing

@testable import PeerKit

@Suite("Multicast DNS: messages") struct DNSCodecTests {
    /// Made with dnspython 2, which compresses names: PTR and TXT of a peer, and an A record.
    static let answer =
        "000084000000000100000002045f703270045f756470056c6f63616c00000c0001000000780023203476"
        + "35716b336e31783061397a38793777367635753474337332723171307039c00cc0270010000100000078"
        + "00b258646e73616464723d2f6970342f3139322e302e322e372f7463702f343030312f7032702f313244"
        + "334b6f6f5751577572423266634870395179416d6332453337623668683545484d6e4d4c4d4e32706263"
        + "353339416a346a58646e73616464723d2f6970342f3139322e302e322e382f7463702f343030312f7032"
        + "702f313244334b6f6f5751577572423266634870395179416d6332453337623668683545484d6e4d4c4d"
        + "4e32706263353339416a346a04686f7374c01600010001000000780004c0000207"
    /// The question, in other letters' case.
    static let question = "000000000001000000000000045f503250045f756470056c6f63616c00000c0001"

    static func peer() throws -> PeerID {
        try PeerID("12D3KooWQWurB2fcHp9QyAmc2E37b6hh5EHMnMLMN2pbc539Aj4j")
    }

    @Test func readsWhatAnotherImplementationWrites() throws {
        let message = try DNSCodec.decode(Base16.decode(Self.answer), limits: .init())
        #expect(message.isResponse)
        #expect(message.records.count == 2)
        let name = DNSLabels("4v5qk3n1x0a9z8y7w6v5u4t3s2r1q0p9._p2p._udp.local")
        #expect(message.records[0].name == MulticastDNSMachine.service)
        #expect(message.records[0].content == .pointer(name))
        #expect(message.records[1].name == name)
        guard case .texts(let texts) = message.records[1].content else {
            Issue.record("not texts")
            return
        }
        #expect(texts.count == 2)
        let asked = try DNSCodec.decode(Base16.decode(Self.question), limits: .init())
        #expect(asked.questions == [.init(name: MulticastDNSMachine.service, type: 12)])
    }

    @Test func comesBackAsItWas() throws {
        let message = DNSMessage(
            isResponse: true,
            questions: [.init(name: DNSLabels("a.b"), type: 255, wantsUnicast: true)],
            records: [
                .init(name: DNSLabels("x.local"), content: .pointer(DNSLabels("y")), lifetime: 7),
                .init(
                    name: DNSLabels("y"), content: .texts([[1, 2], [], Array("dnsaddr=".utf8)]),
                    lifetime: 0x1234_5678),
            ])
        #expect(try DNSCodec.decode(DNSCodec.encode(message), limits: .init()) == message)
    }

    private func fault(_ bytes: [UInt8]) -> DNSError? {
        do throws(DNSError) {
            _ = try DNSCodec.decode(bytes, limits: .init())
            return nil
        } catch {
            return error
        }
    }

    private static func header(_ questions: UInt8, _ records: UInt8 = 0) -> [UInt8] {
        [0, 0, 0x84, 0, 0, questions, 0, records, 0, 0, 0, 0]
    }

    @Test func namesThatLeadInARingOrForwardsAreRefused() {
        let end: [UInt8] = [0, 12, 0, 1]
        #expect(fault(Self.header(1) + [0xc0, 12] + end) == .malformed)
        #expect(fault(Self.header(1) + [0xc0, 14] + end) == .malformed)
        #expect(fault(Self.header(1) + [1, 97, 0xc0, 12] + end) == .malformed)
        #expect(fault(Self.header(2) + [0] + end + [0xc0, 19] + end) == .malformed)
        #expect(fault(Self.header(2) + [1, 97, 0] + end + [0xc0, 12] + end) == nil)
        // Label types that were never in use.
        #expect(fault(Self.header(1) + [0x41, 0] + end) == .malformed)
        #expect(fault(Self.header(1) + [0x80, 0] + end) == .malformed)
    }

    @Test func tenTimesTheLimitsAreRefused() {
        let limits = MulticastDNSLimits()
        #expect(fault([UInt8](repeating: 0, count: 14_720)) == .tooLong)
        #expect(fault(Self.header(160)) == .tooLong)
        #expect(fault(Self.header(0, 255)) == .tooLong)
        let end: [UInt8] = [0, 12, 0, 1]
        // A name of 640 bytes in labels of 63.
        let label: [UInt8] = [63] + [UInt8](repeating: 97, count: 63)
        let name = Array([[UInt8]](repeating: label, count: 10).joined()) + [0]
        #expect(fault(Self.header(1) + name + end) == .malformed)
        // A chain of pointers, each to the one before.
        var chain = Self.header(16) + [0] + end
        var last: UInt8 = 12
        for _ in 1..<16 {
            let here = UInt8(chain.count)
            chain += [0xc0, last] + end
            last = here
        }
        #expect(limits.maximumJumps < 15)
        #expect(fault(chain) == .malformed)
        // 160 texts in one record.
        let texts = [UInt8](repeating: 0, count: 160)
        #expect(
            fault(Self.header(0, 1) + [0, 0, 16, 0, 1, 0, 0, 0, 9, 0, 160] + texts) == .tooLong)
    }

    @Test("whatever is cut off or changed, nothing traps", arguments: 1...3)
    func damage(seed: UInt64) throws {
        var generator = SimulationGenerator(seed: seed, label: "dns")
        let good = try Base16.decode(Self.answer)
        for length in good.indices { _ = fault(Array(good[..<length])) }
        for _ in 0..<20_000 {
            var bytes = good
            for _ in 0..<4 {
                bytes[.random(in: bytes.indices, using: &generator)] =
                    .random(in: 0...255, using: &generator)
            }
            _ = fault(bytes)
        }
    }
}

@Suite("Multicast DNS: who is believed") struct MulticastDNSMachineTests {
    private static let name = [UInt8](repeating: 97, count: 40)

    private func machine(_ number: UInt64 = 1) throws -> MulticastDNSMachine {
        MulticastDNSMachine(
            localPeer: try PeerIdentity.numbered(number).peerID, name: Self.name,
            limits: .init(), now: .zero)
    }

    private func datagram(_ payload: [UInt8], from host: String) throws -> Datagram {
        let address = try #require(try Multiaddr("/ip4/\(host)/udp/5353").ipEndpoint)
        return Datagram(payload: payload, source: address)
    }

    @Test func oneAsksTheOtherAnswers() throws {
        var (asking, answering) = (try machine(1), try machine(2))
        let question = try datagram(asking.question(), from: "10.0.0.1")
        #expect(answering.receive(question, at: .zero).isAnswerDue)
        let address = try Multiaddr("/ip4/10.0.0.2/tcp/4901")
        let answer = try datagram(answering.answer([address]), from: "10.0.0.2")
        let peer = try PeerIdentity.numbered(2).peerID
        #expect(
            asking.receive(answer, at: .zero).found == [.init(peer: peer, addresses: [address])])
        // Its own answer tells it nothing.
        #expect(answering.receive(answer, at: .zero).found.isEmpty)
        // Other questions are not its business.
        let other = DNSCodec.encode(
            DNSMessage(questions: [.init(name: DNSLabels("_http._tcp.local"), type: 12)]))
        #expect(
            !answering.receive(try datagram(other, from: "10.0.0.1"), at: .zero).isAnswerDue)
    }

    @Test func onlyTheSendersOwnAddressIsBelieved() throws {
        var machine = try machine()
        let bytes = try Base16.decode(DNSCodecTests.answer)
        let outcome = machine.receive(try datagram(bytes, from: "192.0.2.7"), at: .zero)
        #expect(
            outcome.found == [
                .init(
                    peer: try DNSCodecTests.peer(),
                    addresses: [try Multiaddr("/ip4/192.0.2.7/tcp/4001")])
            ])
        #expect(machine.statistics.untrue == 1)
        #expect(
            machine.receive(try datagram(bytes, from: "192.0.2.9"), at: .zero).found.isEmpty)
        #expect(machine.statistics.untrue == 3)
    }

    @Test func tenTimesTheAddressesStillMakeOneDatagram() throws {
        let answering = try machine(2)
        let addresses = try (0..<160).map { try Multiaddr("/ip4/10.0.0.2/tcp/\(4000 + $0)") }
        let bytes = answering.answer(addresses)
        #expect(bytes.count <= MulticastDNSLimits().maximumMessageBytes)
        var asking = try machine(1)
        let found = asking.receive(try datagram(bytes, from: "10.0.0.2"), at: .zero).found
        #expect((8...16).contains(found.first?.addresses.count ?? 0))
    }

    @Test func aFloodIsIgnoredAndAnswersAreRare() throws {
        var machine = try machine()
        let question = try datagram(machine.question(), from: "10.0.0.9")
        var due = 0
        for _ in 0..<1_000 where machine.receive(question, at: .zero).isAnswerDue { due += 1 }
        #expect(due == 2)
        #expect(machine.statistics.ignored == 1_000 - 32)
        for host in 0..<10_240 as Range<UInt32> {
            let source = IPEndpoint(address: .v4(IPv4Address(rawValue: host)), port: 1)
            _ = machine.receive(Datagram(payload: [], source: source), at: .zero)
        }
        #expect(machine.sourceCount == 1024)
    }
}

@Suite("Multicast DNS, in a network") struct MulticastDNSTests {
    @Test func peersFindEachOther() throws {
        try Simulation.run(seed: 1, conditions: .lan) { simulation in
            var nodes: [(node: PeerNode, service: MulticastDNS)] = []
            for number in 0..<4 {
                let service = MulticastDNS()
                var configuration = Joining.Configuration()
                configuration.target = 3
                let joining = Joining(configuration)
                nodes.append(
                    (
                        try await SimulatedPeers.start(
                            simulation.node("n\(number)"), services: [service, joining]), service
                    ))
            }
            // Of the machine only: it hears nobody and is not heard.
            let local = MulticastDNS()
            let apart = try await SimulatedPeers.start(
                simulation.node("apart"), configure: { $0.listenAddresses = [.loopback] },
                services: [local])
            try await simulation.sleep(for: .seconds(20))
            for (node, service) in nodes {
                let others = nodes.map(\.node.peerID).filter { $0 != node.peerID }
                #expect(await node.connectedPeers == others.sorted())
                #expect(await service.statistics.malformed == 0)
            }
            #expect(await apart.peers.isEmpty)
            for (node, _) in nodes { await node.stop() }
            await apart.stop()
        }
    }
}
