import NIOCore
import Testing

@testable import PeerKit

@Suite("Streams between two peers, in a simulated network") struct StreamTests {
    // MARK: Half-close and end

    @Test("either side may end its half first and still read", arguments: 1...5)
    func halfCloses(seed: UInt64) throws {
        try SimulatedPeers.pair(seed: seed) { pair in
            await pair.server.handle("/client-first/1") { stream in
                let all = try await stream.readToEnd(limit: 1000)
                try await stream.write(Array("got \(all.readableBytes)".utf8))
            }
            await pair.server.handle("/server-first/1") { stream in
                try await stream.write(Array("hello".utf8))
                await stream.closeWrite()
                #expect(try await stream.readToEnd(limit: 1000).readableBytes == 500)
            }
            let first = try await pair.stream("/client-first/1")
            try await first.write([UInt8](repeating: 1, count: 300))
            await first.closeWrite()
            await #expect(throws: StreamError.closed) { try await first.write([1]) }
            #expect(String(buffer: try await first.readToEnd(limit: 100)) == "got 300")
            let second = try await pair.stream("/server-first/1")
            #expect(String(buffer: try await second.readToEnd(limit: 100)) == "hello")
            try await second.write([UInt8](repeating: 2, count: 500))
            await second.closeWrite()
            try await pair.simulation.sleep(for: .seconds(1))
            // Both halves are over on both sides.
            let connection = try #require(
                await pair.server.peers[pair.client.peerID]?.preferredConnection())
            #expect(await connection.streamCount == 0)
        }
    }

    @Test func aResetEndsBothDirectionsOnBothSides() throws {
        try SimulatedPeers.pair { pair in
            let (failures, note) = AsyncStream.makeStream(of: (any Error).self)
            await pair.server.handle("/wait/1") { stream in
                do { _ = try await stream.readToEnd(limit: 1000) } catch {
                    note.yield(error)
                    throw error
                }
            }
            await pair.server.handle("/refuse/1") { stream in
                _ = try await stream.read()
                await stream.reset()
            }
            let ours = try await pair.stream("/wait/1")
            try await ours.write([1])
            await ours.reset()
            await #expect(throws: StreamError.reset) { _ = try await ours.read() }
            await #expect(throws: StreamError.reset) { try await ours.write([1]) }
            for await error in failures {
                #expect(error as? StreamError == .reset)
                break
            }
            let theirs = try await pair.stream("/refuse/1")
            try await theirs.write([1])
            await #expect(throws: StreamError.reset) { _ = try await theirs.read() }
            await #expect(throws: StreamError.reset) { try await theirs.write([1]) }
        }
    }

    @Test func anErrorInAHandlerResetsItsReturnCloses() throws {
        try SimulatedPeers.pair { pair in
            await pair.server.handle("/fail/1") { stream in
                _ = try await stream.read()
                throw CancellationError()
            }
            await pair.server.handle("/return/1") { stream in
                try await stream.write([1, 2, 3])
            }
            let failing = try await pair.stream("/fail/1")
            try await failing.write([1])
            await #expect(throws: StreamError.reset) { _ = try await failing.read() }
            let returning = try await pair.stream("/return/1")
            #expect(try await returning.readToEnd(limit: 10).readableBytes == 3)
        }
    }

    @Test func aDroppedStreamIsReset() throws {
        try SimulatedPeers.pair { pair in
            let (failures, note) = AsyncStream.makeStream(of: (any Error).self)
            await pair.server.handle("/wait/1") { stream in
                do { _ = try await stream.readToEnd(limit: 1000) } catch {
                    note.yield(error)
                }
            }
            do {
                let stream = try await pair.stream("/wait/1")
                try await stream.write([1])
            }
            for await error in failures {
                #expect(error as? StreamError == .reset)
                break
            }
            try await pair.simulation.sleep(for: .seconds(1))
            let connection = try #require(
                await pair.client.peers[pair.server.peerID]?.preferredConnection())
            #expect(await connection.streamCount == 0)
        }
    }

    @Test func whatStillComesAfterACloseIsDroppedAndItsSenderEnds() throws {
        try SimulatedPeers.pair { pair in
            let (results, note) = AsyncStream.makeStream(of: Bool.self)
            await pair.server.handle("/pour/1") { stream in
                do {
                    // Four times the window: it ends only if somebody takes it.
                    try await stream.write([UInt8](repeating: 1, count: 1 << 20))
                    note.yield(true)
                } catch {
                    note.yield(false)
                    throw error
                }
            }
            let stream = try await pair.stream("/pour/1")
            _ = try await stream.read(exactly: 10)
            let start = pair.simulation.now
            await stream.close()
            for await ended in results {
                #expect(ended)
                break
            }
            #expect(start.duration(to: pair.simulation.now) < .seconds(5))
        }
    }

    @Test("what has arrived may be read after the connection has ended", arguments: 1...10)
    func readsWhatIsLeft(seed: UInt64) throws {
        try SimulatedPeers.pair(seed: seed) { pair in
            await pair.server.handle("/say/1") { stream in
                try await stream.write([UInt8](repeating: 4, count: 5000))
            }
            let stream = try await pair.stream("/say/1")
            try await pair.simulation.sleep(for: .seconds(1))
            await pair.server.stop()
            try await pair.simulation.sleep(for: .seconds(1))
            #expect(await pair.client.connectedPeers.isEmpty)
            #expect(try await stream.read(exactly: 2000).readableBytes == 2000)
            #expect(try await stream.readToEnd(limit: 10_000).readableBytes == 3000)
            #expect(try await stream.read() == nil)
            await #expect(throws: StreamError.self) { try await stream.write([1]) }
            await stream.close()
        }
    }

    @Test func whatWasCutOffIsNotTakenForTheEnd() throws {
        try SimulatedPeers.pair { pair in
            await pair.server.handle("/say/1") { stream in
                try await stream.write([UInt8](repeating: 4, count: 5000))
                _ = try await stream.read()
            }
            let stream = try await pair.stream("/say/1")
            try await pair.simulation.sleep(for: .seconds(1))
            pair.serverPlace.crash()
            try await pair.simulation.sleep(for: .seconds(1))
            await #expect(throws: StreamError.self) {
                _ = try await stream.readToEnd(limit: 10_000)
            }
        }
    }

    // MARK: Waiting

    @Test func aReaderWaitsNoLongerThanItsDeadline() throws {
        try SimulatedPeers.pair { pair in
            let stream = try await pair.stream()
            let start = pair.simulation.now
            await stream.setDeadline(start.advanced(by: .seconds(3)))
            await #expect(throws: StreamError.deadlineExceeded) { _ = try await stream.read() }
            #expect(pair.simulation.now == start.advanced(by: .seconds(3)))
            await #expect(throws: StreamError.deadlineExceeded) { _ = try await stream.read() }
            await #expect(throws: StreamError.deadlineExceeded) { try await stream.write([1]) }
            // A later deadline, and the stream is as good as new.
            await stream.setDeadline(nil)
            #expect(try await stream.echo([1, 2]) == [1, 2])
        }
    }

    @Test func aWriterWaitsForItsReaderAndThenGoesOn() throws {
        try SimulatedPeers.pair { pair in
            let runtime = pair.server.runtime
            await pair.server.handle("/late/1") { stream in
                try await runtime.sleep(for: .seconds(20))
                let all = try await stream.readToEnd(limit: 8 << 20)
                try await stream.write(Array("\(all.readableBytes)".utf8))
            }
            let stream = try await pair.stream("/late/1")
            let start = pair.simulation.now
            try await stream.write([UInt8](repeating: 1, count: 2 << 20))
            #expect(start.duration(to: pair.simulation.now) > .seconds(19))
            await stream.closeWrite()
            #expect(String(buffer: try await stream.readToEnd(limit: 100)) == "\(2 << 20)")
        }
    }

    @Test func aWriterThatMeetsItsDeadlineHalfwayResetsTheStream() throws {
        try SimulatedPeers.pair { pair in
            await pair.server.handle("/never/1") { stream in
                try await pair.server.runtime.sleep(for: .seconds(30))
            }
            let stream = try await pair.stream("/never/1")
            await stream.setDeadline(pair.simulation.now.advanced(by: .seconds(2)))
            await #expect(throws: StreamError.deadlineExceeded) {
                try await stream.write([UInt8](repeating: 1, count: 2 << 20))
            }
            await #expect(throws: StreamError.reset) { _ = try await stream.read() }
        }
    }

    @Test("a slow reader holds up its own stream only")
    func slowReaderHurtsItself() throws {
        try SimulatedPeers.pair { pair in
            await pair.server.handle("/never/1") { stream in
                try await pair.server.runtime.sleep(for: .seconds(60))
            }
            let stuck = try await pair.stream("/never/1")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: StreamError.self) {
                        try await stuck.write([UInt8](repeating: 1, count: 4 << 20))
                    }
                }
                group.addTask {
                    try await pair.simulation.sleep(for: .seconds(1))
                    let start = pair.simulation.now
                    for _ in 0..<10 {
                        let stream = try await pair.stream()
                        let bytes = [UInt8](repeating: 2, count: 100_000)
                        #expect(try await stream.echo(bytes) == bytes)
                    }
                    #expect(start.duration(to: pair.simulation.now) < .seconds(2))
                    await stuck.reset()
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func aCancelledReaderGivesTheStreamBack() throws {
        try SimulatedPeers.pair { pair in
            let stream = try await pair.stream()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: StreamError.cancelled) { _ = try await stream.read() }
                }
                try? await pair.simulation.sleep(for: .seconds(1))
                group.cancelAll()
            }
            #expect(try await stream.echo([1]) == [1])
        }
    }

    @Test("whoever is cancelled before it begins to wait does not wait", arguments: 1...10)
    func cancelledBeforeTheWait(seed: UInt64) throws {
        try SimulatedPeers.pair(seed: seed) { pair in
            await pair.server.handle("/never/1") { stream in
                try await pair.server.runtime.sleep(for: .seconds(30))
            }
            let start = pair.simulation.now
            for _ in 0..<10 {
                let stream = try await pair.stream("/never/1")
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        await #expect(throws: StreamError.cancelled) { _ = try await stream.read() }
                    }
                    group.addTask {
                        await #expect(throws: StreamError.cancelled) {
                            try await stream.write([UInt8](repeating: 1, count: 1 << 20))
                        }
                    }
                    group.addTask {
                        await #expect(throws: StreamError.cancelled) {
                            _ = try await pair.stream("/nobody/1")
                        }
                    }
                    group.cancelAll()
                }
            }
            #expect(start.duration(to: pair.simulation.now) < .seconds(1))
        }
    }

    @Test func twoReadersAtOnceAreRefused() throws {
        try SimulatedPeers.pair { pair in
            let stream = try await pair.stream()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await stream.read() }
                group.addTask {
                    try await pair.simulation.sleep(for: .seconds(1))
                    await #expect(throws: StreamError.concurrentRead) {
                        _ = try await stream.read()
                    }
                    try await stream.write([1])
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("a close behind a write that is given up still ends the half")
    func closesBehindACancelledWrite() throws {
        try SimulatedPeers.pair { pair in
            let (counts, note) = AsyncStream.makeStream(of: Int.self)
            await pair.server.handle("/late/1") { stream in
                try await pair.server.runtime.sleep(for: .seconds(5))
                note.yield(try await stream.readToEnd(limit: 8 << 20).readableBytes)
            }
            let stream = try await pair.stream("/late/1")
            // All of the window that the negotiation has left, so that of the next write nothing
            // has started when it is cancelled.
            let count =
                try YamuxLimits.initialWindow - ByteBuffer.proposal(of: "/late/1").count
            try await stream.write([UInt8](repeating: 1, count: count))
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: StreamError.cancelled) { try await stream.write([2]) }
                }
                try? await pair.simulation.sleep(for: .seconds(1))
                await stream.closeWrite()
                group.cancelAll()
            }
            for await received in counts {
                #expect(received == count)
                break
            }
        }
    }

    @Test("a write at once takes all or nothing, and nothing once the half is closed")
    func writesAtOnce() throws {
        try SimulatedPeers.pair { pair in
            let stream = try await pair.stream()
            func write(_ count: Int) async -> Bool {
                await withCheckedContinuation { continuation in
                    stream.executor.execute {
                        let bytes = ByteBuffer(repeating: 1, count: count)
                        continuation.resume(returning: stream.writeAtOnce(bytes))
                    }
                }
            }
            #expect(await write(YamuxLimits.initialWindow + 1) == false)
            #expect(await write(1000))
            #expect(try await stream.read(exactly: 1000).readableBytes == 1000)
            // A task that waits for the window must not be overtaken.
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await stream.write([UInt8](repeating: 2, count: 1 << 20)) }
                try await pair.simulation.sleep(for: .seconds(1))
                #expect(await write(1) == false)
                #expect(try await stream.read(exactly: 1 << 20).readableBytes == 1 << 20)
                try await group.waitForAll()
            }
            await stream.closeWrite()
            #expect(await write(1) == false)
        }
    }

    // MARK: Opening

    @Test func saysWhichProtocolsAreUnknown() throws {
        try SimulatedPeers.pair { pair in
            await #expect(throws: StreamError.unsupported(["/a/1", "/b/1"])) {
                _ = try await pair.client.newStream(
                    to: pair.server.peerID, protocols: ["/a/1", "/b/1"])
            }
            let stream = try await pair.client.newStream(
                to: pair.server.peerID, protocols: ["/a/1", SimulatedPeers.echo])
            #expect(stream.protocolID == SimulatedPeers.echo)
        }
    }

    @Test("more streams at once than may be unacknowledged wait their turn")
    func opensManyAtOnce() throws {
        try SimulatedPeers.pair { pair in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<400 {
                    group.addTask {
                        let stream = try await pair.stream()
                        let bytes = [UInt8(truncatingIfNeeded: number)]
                        #expect(try await stream.echo(bytes) == bytes)
                        await stream.close()
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("messages come back whole, and none longer than the caller allows")
    func messages() throws {
        try SimulatedPeers.pair(conditions: .lan) { pair in
            let stream = try await pair.stream()
            for count in [0, 1, 127, 128, 20_000] {
                try await stream.writeMessage([UInt8](repeating: 1, count: count))
                #expect(try await stream.readMessage(limit: 20_000)?.readableBytes == count)
            }
            try await stream.writeMessage([UInt8](repeating: 1, count: 20_001))
            await #expect(throws: StreamError.messageTooLong(length: 20_001, limit: 20_000)) {
                _ = try await stream.readMessage(limit: 20_000)
            }
            let second = try await pair.stream()
            try await second.write([5, 1, 1])
            await second.closeWrite()
            await #expect(throws: StreamError.unexpectedEnd(have: 2, need: 5)) {
                _ = try await second.readMessage(limit: 10)
            }
            let third = try await pair.stream()
            try await third.write([UInt8](repeating: 255, count: 11))
            await #expect(throws: StreamError.messageTooLong(length: .max, limit: 10)) {
                _ = try await third.readMessage(limit: 10)
            }
        }
    }

    @Test("everything arrives over a bad network too", arguments: 1...3)
    func survivesABadNetwork(seed: UInt64) throws {
        try SimulatedPeers.pair(seed: seed, conditions: .lossy) { pair in
            let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
            let stream = try await pair.stream()
            #expect(try await stream.echo(bytes) == bytes)
        }
    }
}
