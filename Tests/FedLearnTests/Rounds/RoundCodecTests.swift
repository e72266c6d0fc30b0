import Testing

@testable import FedLearn

@Suite("Round codec") struct RoundCodecTests {
    @Test("messages of every kind round-trip", arguments: 1...300)
    func roundTrips(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<10 {
            let message = RandomMessages.next(using: &generator)
            #expect(try RoundCodec.decode(RoundCodec.encode(message)) == message)
        }
    }

    @Test("NaN keeps its bits")
    func keepsBits() throws {
        let odd = Float(bitPattern: 0x7FA1_2345)
        let update = RoundUpdate(
            round: 1, member: 2, exampleCount: 3, meanLoss: odd, delta: [odd, -0.0])
        guard case .update(let read) = try RoundCodec.decode(RoundCodec.encode(.update(update)))
        else {
            Issue.record("another message")
            return
        }
        let sent = try update.values(dimension: 2)
        #expect(try read.values(dimension: 2).map(\.bitPattern) == sent.map(\.bitPattern))
        #expect(read.digest == update.digest)
    }

    @Test("the bytes are pinned: another layout needs another version")
    func bytesArePinned() {
        #expect(
            RoundCodec.encode(.prepare(round: 1, ballot: 0x0203)) == [
                1, 3, 1, 0, 0, 0, 0, 0, 0, 0, 3, 2, 0, 0, 0, 0, 0, 0,
            ])
        let update = RoundUpdate(
            round: 1, member: 2, exampleCount: 3, meanLoss: 0.5, delta: [1, -2])
        #expect(
            RoundCodec.encode(.update(update)) == [
                1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0,
                0, 0, 0, 0x3F, 2, 0, 0, 0, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0,
            ])
    }

    @Test("truncated and extended messages are refused", arguments: 1...60)
    func refusesOtherLengths(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let bytes = RoundCodec.encode(RandomMessages.next(using: &generator))
        for length in 0..<bytes.count {
            #expect(throws: RoundCodec.Failure.self) {
                _ = try RoundCodec.decode(Array(bytes.prefix(length)))
            }
        }
        #expect(throws: RoundCodec.Failure.trailingBytes) {
            _ = try RoundCodec.decode(bytes + [0])
        }
    }

    @Test("flipped and random bytes never trap, and what is read is canonical", arguments: 1...200)
    func survivesNoise(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<40 {
            var bytes = RoundCodec.encode(RandomMessages.next(using: &generator))
            for _ in 0...generator.nextInteger(below: 4) {
                let index = generator.nextInteger(below: bytes.count)
                bytes[index] = UInt8(truncatingIfNeeded: generator.next())
            }
            if let message = try? RoundCodec.decode(bytes) {
                #expect(RoundCodec.encode(message) == bytes)
            }
            let noise = (0..<generator.nextInteger(below: 64)).map { _ in
                UInt8(truncatingIfNeeded: generator.next())
            }
            _ = try? RoundCodec.decode([1] + noise)
            _ = try? RoundCodec.decodeState([1] + noise)
            _ = try? RoundCodec.decodeModel([1] + noise)
        }
    }

    @Test("counts that promise more than is there are refused before memory is taken")
    func refusesHugeCounts() {
        var bytes = RoundCodec.encode(
            .update(
                RoundUpdate(round: 0, member: 0, exampleCount: 1, meanLoss: 0, delta: [])))
        bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0, 2])
        #expect(throws: RoundCodec.Failure.truncated) { _ = try RoundCodec.decode(bytes) }
        bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [255, 255, 255, 255])
        #expect(throws: RoundCodec.Failure.outOfRange) { _ = try RoundCodec.decode(bytes) }
    }

    @Test("what is kept on disk round-trips")
    func stateRoundTrips() throws {
        let updates = (0..<3).map { FederationNetwork.update(of: $0, in: 4, from: [1, 2, 3]) }
        let selection = try #require(
            Selection(updates.map { .init(member: $0.member, digest: $0.digest) }))
        let empty = RoundUpdate(round: 4, member: 3, exampleCount: 1, meanLoss: 0, delta: [])
        let state = RoundState(
            round: 4, promised: 7, accepted: AcceptedSelection(ballot: 6, selection: selection),
            updates: updates + [empty])
        #expect(try RoundCodec.decodeState(RoundCodec.encode(state)) == state)
        let bare = RoundState(round: 0, promised: 3, updates: [empty])
        #expect(try RoundCodec.decodeState(RoundCodec.encode(bare)) == bare)
        let model = ModelState(
            completed: 1, parameters: [1, 2],
            history: [
                RoundRecord(
                    round: 0, counted: [0, 63], modelHash: ModelParameters.hash(of: [1, 2]))
            ])
        #expect(try RoundCodec.decodeModel(RoundCodec.encode(model)) == model)
    }

    @Test("compressed updates and memories round-trip, on the wire and on disk")
    func wideFormsRoundTrip() throws {
        let small = RoundUpdate(
            round: 1, member: 2, exampleCount: 3, meanLoss: 0.5, change: .compressed([9, 8]))
        let dense = RoundUpdate(round: 1, member: 3, exampleCount: 3, meanLoss: 0, delta: [1])
        #expect(try RoundCodec.decode(RoundCodec.encode(.update(small))) == .update(small))
        let state = RoundState(round: 1, promised: 2, updates: [dense, small])
        #expect(try RoundCodec.decodeState(RoundCodec.encode(state)) == state)
        let model = ModelState(
            completed: 1, shared: SharedModel(parameters: [1, 2], memory: [5, 6, 7]), history: [])
        #expect(try RoundCodec.decodeModel(RoundCodec.encode(model)) == model)
        #expect(try RoundCodec.decode(RoundCodec.encode(.catchUp(model))) == .catchUp(model))
        // The wide form of what needs none would be a second encoding.
        var bytes = RoundCodec.encode(ModelState(completed: 1, parameters: [1], history: []))
        bytes[0] = 2
        #expect(throws: RoundCodec.Failure.outOfRange) {
            _ = try RoundCodec.decodeModel(bytes + [0, 0, 0, 0])
        }
        // What is dense for one and compressed for the other has two digests.
        let twin = RoundUpdate(
            round: 1, member: 2, exampleCount: 3, meanLoss: 0.5, change: .dense([]))
        let empty = RoundUpdate(
            round: 1, member: 2, exampleCount: 3, meanLoss: 0.5, change: .compressed([]))
        #expect(twin.digest != empty.digest)
    }

    @Test("the largest catch-up fits the announced limit")
    func largestCatchUpFits() {
        let record = RoundRecord(
            round: 1, counted: Array(0..<RoundLimits.maximumMembers),
            modelHash: ContentHash(hashing: []))
        let model = ModelState(
            completed: 1, parameters: [Float](repeating: 0, count: 100),
            history: [RoundRecord](repeating: record, count: RoundLimits.maximumHistory))
        let bytes = RoundCodec.encode(.catchUp(model))
        #expect(bytes.count <= RoundLimits.maximumMessageBytes(parameterCount: 100))
    }
}
