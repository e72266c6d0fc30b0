import Testing

@testable import PeerKit

@Suite("Resource ledger") struct ResourceLedgerTests {
    private func peer(_ number: UInt64 = 1) throws -> PeerID {
        try PeerIdentity.numbered(number).peerID
    }

    private var limits: ResourceLimits {
        var limits = ResourceLimits()
        limits.system = .init(
            memory: 20 << 20, inboundStreams: 60, outboundStreams: 50, inboundConnections: 6,
            outboundConnections: 5)
        limits.peer = .init(memory: 6 << 20, inboundStreams: 16)
        limits.anyProtocol = .init(inboundStreams: 30)
        limits.anyPeerProtocol = .init(inboundStreams: 8)
        limits.protocols = ["/small/1": .init(inboundStreams: 3)]
        limits.peerProtocols = ["/single/1": .init(inboundStreams: 1)]
        return limits
    }

    /// How many of `count` pass, and the last refusal.
    private func take(
        _ count: Int, _ body: (Int) throws -> Void
    ) -> (passed: Int, refusal: LimitRefusal?) {
        var passed = 0
        var refusal: LimitRefusal?
        for number in 0..<count {
            do {
                try body(number)
                passed += 1
            } catch {
                refusal = error as? LimitRefusal
            }
        }
        return (passed, refusal)
    }

    @Test("each scope refuses what is beyond it and names limit, value and setting")
    func refusesTenfold() throws {
        var ledger = ResourceLedger(limits: limits)
        let one = take(160) { _ in try ledger.take(.stream(.inbound), for: try peer()) }
        #expect(one.passed == 16)
        #expect(
            one.refusal
                == LimitRefusal(
                    limit: "peer.inboundStreams", value: 16,
                    setting: "resources.peer.inboundStreams"))
        let many = take(600) { number in
            try ledger.take(.stream(.inbound), for: try peer(UInt64(2 + number % 40)))
        }
        #expect(many.passed == 44)
        #expect(many.refusal?.limit == "system.inboundStreams")
        var connections = ResourceLedger(limits: limits)
        let inbound = take(60) { number in
            try connections.take(.connection(.inbound), for: try peer(UInt64(number)))
        }
        #expect(inbound.passed == 6)
        #expect(inbound.refusal?.setting == "resources.system.inboundConnections")
        #expect(connections.snapshot.refusals == ["system.inboundConnections": 54])
    }

    @Test func countsMemory() throws {
        var ledger = ResourceLedger(limits: limits)
        let grown = take(60) { _ in try ledger.take(.memory(1 << 20), for: try peer()) }
        #expect(grown.passed == 6)
        #expect(grown.refusal?.limit == "peer.memory")
        let all = take(200) { try ledger.take(.memory(1 << 20), for: try peer(UInt64(2 + $0))) }
        #expect(all.passed == 14)
        #expect(all.refusal?.limit == "system.memory")
        #expect(ledger.system.memory == 20 << 20)
    }

    @Test func countsByProtocol() throws {
        var ledger = ResourceLedger(limits: limits)
        let stream = ResourceUsage.stream(.inbound)
        let own = take(80) { _ in try ledger.assign(stream, of: try peer(), to: "/any/1") }
        #expect(own.passed == 8)
        #expect(own.refusal?.setting == "resources.anyPeerProtocol.inboundStreams")
        let all = take(300) { number in
            try ledger.assign(stream, of: try peer(UInt64(2 + number % 30)), to: "/any/1")
        }
        #expect(all.passed == 22)
        #expect(all.refusal?.setting == "resources.anyProtocol.inboundStreams")
        let small = take(30) { try ledger.assign(stream, of: try peer(UInt64($0)), to: "/small/1") }
        #expect(small.passed == 3)
        #expect(small.refusal?.setting == "resources.protocols[\"/small/1\"].inboundStreams")
        let single = take(10) { _ in try ledger.assign(stream, of: try peer(), to: "/single/1") }
        #expect(single.passed == 1)
        #expect(single.refusal?.setting == "resources.peerProtocols[\"/single/1\"].inboundStreams")
    }

    @Test("what is taken and given back leaves nothing", arguments: 1...10)
    func comesBackToNothing(seed: UInt64) throws {
        struct Held {
            var peer: PeerID
            var usage: ResourceUsage
            var protocolID: ProtocolID?
        }
        var generator = SimulationGenerator(seed: seed, label: "ledger")
        let peers = try (0..<4).map { try peer($0) }
        let protocols: [ProtocolID] = ["/any/1", "/small/1", "/single/1"]
        var ledger = ResourceLedger(limits: limits)
        var held: [Held] = []
        for _ in 0..<3000 {
            if held.isEmpty || Int.random(in: 0..<5, using: &generator) < 3 {
                let direction: Direction = Bool.random(using: &generator) ? .inbound : .outbound
                let peer = peers[Int.random(in: 0..<4, using: &generator)]
                let usage: ResourceUsage =
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: .connection(direction)
                    case 1: .memory(Int.random(in: 1...(1 << 20), using: &generator))
                    default: .stream(direction)
                    }
                guard (try? ledger.take(usage, for: peer)) != nil else { continue }
                var entry = Held(peer: peer, usage: usage)
                let protocolID = protocols[Int.random(in: 0..<3, using: &generator)]
                if usage.inboundStreams + usage.outboundStreams > 0,
                    (try? ledger.assign(usage, of: peer, to: protocolID)) != nil
                {
                    entry.protocolID = protocolID
                }
                held.append(entry)
            } else {
                let entry = held.remove(at: Int.random(in: held.indices, using: &generator))
                if let protocolID = entry.protocolID {
                    ledger.unassign(entry.usage, of: entry.peer, from: protocolID)
                }
                ledger.giveBack(entry.usage, for: entry.peer)
            }
            let system = ledger.snapshot.system
            #expect(system.memory == held.reduce(0) { $0 + $1.usage.memory })
            #expect(system.excess(over: limits.system) == nil)
            #expect(ledger.scopeCount <= 4 + 3 + 12)
        }
        for entry in held {
            if let protocolID = entry.protocolID {
                ledger.unassign(entry.usage, of: entry.peer, from: protocolID)
            }
            ledger.giveBack(entry.usage, for: entry.peer)
        }
        #expect(ledger.isEmpty)
    }
}
