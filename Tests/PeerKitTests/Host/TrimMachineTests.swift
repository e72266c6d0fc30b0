import Testing

@testable import PeerKit

@Suite("Water marks") struct TrimMachineTests {
    private var marks: WaterMarks {
        var marks = WaterMarks()
        marks.low = 5
        marks.high = 8
        return marks
    }

    private func candidate(
        _ number: UInt64, weight: Int = 0, streams: Int = 0, connections: Int = 1,
        isProtected: Bool = false, opened: Int = 0
    ) throws -> TrimMachine.Candidate {
        .init(
            peer: try PeerIdentity.numbered(number).peerID, connections: connections,
            streams: streams, weight: weight, isProtected: isProtected,
            opened: .zero.advanced(by: .seconds(opened)))
    }

    private let now = Instant.zero.advanced(by: .seconds(100))

    @Test func restsUpToTheHighMark() throws {
        var machine = TrimMachine(marks: marks)
        #expect(machine.step(try (0..<8).map { try candidate($0) }, at: now) == .rest)
    }

    @Test("the lowest weights go first, down to the low mark")
    func trimsByWeight() throws {
        var machine = TrimMachine(marks: marks)
        let list = try (0..<10).map { try candidate($0, weight: Int($0) * 10) }
        #expect(machine.step(list.reversed(), at: now) == .close(list.prefix(5).map(\.peer)))
    }

    @Test("the protected and the new stay, whatever their weight")
    func spares() throws {
        var machine = TrimMachine(marks: marks)
        var list = try (0..<4).map { try candidate($0, weight: -5, isProtected: true) }
        list += try (4..<8).map { try candidate($0, weight: -5, opened: 90) }
        list += try (8..<10).map { try candidate($0, weight: 100 + Int($0)) }
        // Five are too many: the four new ones, when their time has come, and the lighter old one.
        #expect(machine.step(list, at: now) == .close([list[8].peer]))
    }

    @Test("connections in use are closed only as far as the high mark")
    func sparesTheBusy() throws {
        var machine = TrimMachine(marks: marks)
        let busy = try (0..<12).map { try candidate($0, weight: Int($0), streams: 2) }
        #expect(machine.step(busy, at: now) == .close(busy.prefix(4).map(\.peer)))
        var other = TrimMachine(marks: marks)
        let mixed = try busy.prefix(7) + (20..<23).map { try candidate($0, weight: 1000) }
        #expect(other.step(Array(mixed), at: now) == .close(mixed.suffix(3).map(\.peer).sorted()))
    }

    @Test func waitsForThePauseAndForGrace() throws {
        var machine = TrimMachine(marks: marks)
        let list = try (0..<10).map { try candidate($0) }
        _ = machine.step(list, at: now)
        #expect(machine.step(list, at: now) == .wait(until: now.advanced(by: .seconds(10))))
        var other = TrimMachine(marks: marks)
        let young = try (0..<10).map { try candidate($0, opened: 90 + Int($0)) }
        // The five youngest are to go; the first of them comes of age twenty seconds after 95.
        #expect(
            other.step(young, at: now)
                == .wait(until: Instant.zero.advanced(by: .seconds(115))))
        let shielded = try (0..<10).map { try candidate($0, isProtected: true) }
        #expect(other.step(shielded, at: now) == .rest)
    }

    @Test func aPeerWithSeveralConnectionsCountsSo() throws {
        var machine = TrimMachine(marks: marks)
        let list =
            [try candidate(0, connections: 4)] + (try (1..<6).map { try candidate($0, weight: 1) })
        #expect(machine.step(list, at: now) == .close([list[0].peer]))
    }
}

@Suite("Tags") struct PeerTagsTests {
    private func peer(_ number: UInt64 = 1) throws -> PeerID {
        try PeerIdentity.numbered(number).peerID
    }

    private func at(_ seconds: Int) -> Instant { .zero.advanced(by: .seconds(seconds)) }

    @Test func sumsWhatProtocolsSay() throws {
        var tags = PeerTags(maximumPeers: 10)
        tags.set(try peer(), "a", weight: 10, halfLife: nil, at: at(0))
        tags.set(try peer(), "b", weight: -3, halfLife: nil, at: at(0))
        #expect(tags.weight(of: try peer(), at: at(1000)) == 7)
        tags.set(try peer(), "a", weight: 0, halfLife: nil, at: at(0))
        #expect(tags.weight(of: try peer(), at: at(0)) == -3)
        tags.set(try peer(), "b", weight: 0, halfLife: nil, at: at(0))
        #expect(tags.count == 0)
    }

    @Test func fadesWhatShallFade() throws {
        var tags = PeerTags(maximumPeers: 10)
        tags.set(try peer(), "a", weight: 100, halfLife: .seconds(10), at: at(0))
        #expect(tags.weight(of: try peer(), at: at(10)) == 50)
        tags.add(try peer(), "a", weight: 30, halfLife: .seconds(10), at: at(10))
        #expect(tags.weight(of: try peer(), at: at(20)) == 40)
    }

    @Test func protectsUntilTheLastReasonIsTakenBack() throws {
        var tags = PeerTags(maximumPeers: 10)
        tags.protect(try peer(), "x", at: at(0))
        tags.protect(try peer(), "y", at: at(0))
        tags.unprotect(try peer(), "x", at: at(0))
        #expect(tags.isProtected(try peer()))
        tags.unprotect(try peer(), "y", at: at(0))
        #expect(!tags.isProtected(try peer()))
        #expect(tags.count == 0)
        tags.unprotect(try peer(2), "y", at: at(0))
        #expect(tags.count == 0)
    }

    @Test func remembersNoMoreThanAllowed() throws {
        var tags = PeerTags(maximumPeers: 32)
        tags.protect(try peer(9999), "x", at: at(0))
        for number in 0..<320 {
            tags.set(try peer(UInt64(number)), "a", weight: 1, halfLife: nil, at: at(number))
            #expect(tags.count <= 32)
        }
        #expect(tags.isProtected(try peer(9999)))
        for number in 0..<(10 * PeerTags.maximumPerPeer) {
            tags.set(try peer(319), "\(number)", weight: 1, halfLife: nil, at: at(400))
        }
        #expect(tags.weight(of: try peer(319), at: at(400)) == PeerTags.maximumPerPeer)
    }
}
