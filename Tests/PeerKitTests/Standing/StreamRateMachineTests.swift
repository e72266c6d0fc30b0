import Testing

@testable import PeerKit

@Suite("Stream rates") struct StreamRateMachineTests {
    private func peer(_ number: UInt64 = 1) throws -> PeerID {
        try PeerIdentity.numbered(number).peerID
    }

    private func at(_ milliseconds: Int) -> Instant {
        .zero.advanced(by: .milliseconds(milliseconds))
    }

    private func limits() -> RateLimits {
        var limits = RateLimits()
        limits.streamsPerPeer = .init(perSecond: 100, burst: 200)
        limits.streamsPerProtocol = .init(perSecond: 10, burst: 20)
        limits.protocols = ["/rare/1": .init(perSecond: 1, burst: 2)]
        limits.maximumPeers = 32
        return limits
    }

    private func opened(
        _ machine: inout StreamRateMachine, _ peer: PeerID, _ count: Int,
        to protocolID: ProtocolID? = nil, isThrottled: Bool = false, at now: Instant
    ) -> (passed: Int, refusal: LimitRefusal?) {
        var passed = 0
        var refusal: LimitRefusal?
        for _ in 0..<count {
            do throws(LimitRefusal) {
                try machine.open(peer, isThrottled: isThrottled, at: now)
                if let protocolID {
                    try machine.select(protocolID, by: peer, isThrottled: isThrottled, at: now)
                }
                passed += 1
            } catch {
                refusal = error
            }
        }
        return (passed, refusal)
    }

    @Test("ten times the burst passes once, and the rate afterwards")
    func limitsAPeer() throws {
        var machine = StreamRateMachine(limits: limits())
        let result = opened(&machine, try peer(), 2000, at: at(0))
        #expect(result.passed == 200)
        #expect(
            result.refusal
                == LimitRefusal(
                    limit: "streamsPerPeer", value: 100, setting: "rates.streamsPerPeer"))
        #expect(opened(&machine, try peer(), 2000, at: at(1000)).passed == 100)
        // Another peer pays nothing for it.
        #expect(opened(&machine, try peer(2), 200, at: at(0)).passed == 200)
    }

    @Test func limitsAProtocolByItself() throws {
        var machine = StreamRateMachine(limits: limits())
        let peer = try peer()
        let often = opened(&machine, peer, 50, to: "/often/1", at: at(0))
        #expect(often.passed == 20)
        #expect(often.refusal?.setting == "rates.streamsPerProtocol")
        let rare = opened(&machine, peer, 20, to: "/rare/1", at: at(0))
        #expect(rare.passed == 2)
        #expect(rare.refusal?.setting == "rates.protocols[\"/rare/1\"]")
    }

    @Test func aThrottledPeerGetsAFraction() throws {
        var machine = StreamRateMachine(limits: limits())
        #expect(opened(&machine, try peer(), 200, isThrottled: true, at: at(0)).passed == 20)
        #expect(opened(&machine, try peer(), 200, isThrottled: true, at: at(1000)).passed == 10)
    }

    @Test func refusalsCountAsFaultsOnceASecond() throws {
        var machine = StreamRateMachine(limits: limits())
        let peer = try peer()
        _ = opened(&machine, peer, 1, at: at(0))
        let due = (0..<100).filter { machine.isFaultDue(peer, at: at($0 * 100)) }
        #expect(due == [0, 10, 20, 30, 40, 50, 60, 70, 80, 90])
    }

    @Test func remembersNoMorePeersThanAllowed() throws {
        var machine = StreamRateMachine(limits: limits())
        for number in 0..<320 {
            _ = opened(&machine, try peer(UInt64(number)), 1, at: at(number))
            #expect(machine.count <= 32)
        }
    }
}
