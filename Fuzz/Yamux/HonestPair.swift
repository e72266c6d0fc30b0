import FuzzKit
import PeerKit

import struct NIOCore.ByteBuffer

/// Two sessions that do what the input says, over a wire that cuts where the input says.
///
/// Neither may ever find fault with the other, and what one writes to a stream the other reads,
/// in order.
struct HonestPair {
    /// One session with what its owner knows.
    private struct End {
        var machine: YamuxMachine
        /// Bytes on their way to this end.
        var inbox = ByteBuffer()
        /// Bytes written and received so far, by stream.
        var written: [YamuxStreamID: Int] = [:]
        var received: [YamuxStreamID: Int] = [:]
        var unread: [YamuxStreamID: Int] = [:]
    }

    /// What is written to every stream: numbers that count on, so that a lost byte shows.
    private static let pattern = ByteBuffer(bytes: (0..<(1 << 20)).map { UInt8($0 & 255) })

    private var ends: [End]
    private var now = Instant.zero
    private var isOver = false

    init() {
        var configuration = YamuxConfiguration()
        configuration.maximumInboundStreams = 8
        ends = [YamuxRole.dialer, .listener].map { role in
            End(machine: YamuxMachine(role: role, configuration: configuration, now: .zero))
        }
    }

    mutating func run(_ input: inout FuzzInput) {
        var steps = 0
        while !input.isEmpty, !isOver {
            step(&input)
            steps += 1
            // An owner that never sends would be no honest one.
            if steps % 32 == 0 { settle() }
        }
        settle()
    }

    private mutating func step(_ input: inout FuzzInput) {
        let choices = input.byte()
        let end = Int(choices >> 7)
        let id = YamuxStreamID(rawValue: UInt32(input.choice(of: 16)))
        switch choices % 8 {
        case 0: _ = try? ends[end].machine.openStream(at: now)
        case 1, 2: write(Int(input.integer(UInt16.self)) * 8, to: id, at: end)
        case 3: ends[end].machine.closeWrite(id)
        case 4:
            ends[end].machine.reset(id)
            ends[end].unread[id] = nil
        case 5: read(id, at: end)
        case 6: transfer(to: end, atMost: Int(input.integer(UInt16.self)))
        default:
            now = now.advanced(by: .milliseconds(Int(input.byte())))
            for end in 0...1 where !isOver { pass(end) }
        }
    }

    private mutating func write(_ count: Int, to id: YamuxStreamID, at end: Int) {
        let start = ends[end].written[id] ?? 0
        var bytes = Self.expected(from: start, count: count)
        guard let taken = try? ends[end].machine.write(&bytes, to: id) else { return }
        ends[end].written[id] = start + taken
    }

    private static func expected(from start: Int, count: Int) -> ByteBuffer {
        pattern.getSlice(at: start % 256, length: count) ?? ByteBuffer()
    }

    private mutating func read(_ id: YamuxStreamID, at end: Int) {
        guard let count = ends[end].unread.removeValue(forKey: id) else { return }
        ends[end].machine.consume(count, from: id, at: now)
    }

    /// Moves what `end` is being sent into its session.
    private mutating func transfer(to end: Int, atMost count: Int) {
        var inbox = ends[end].inbox
        ends[1 - end].machine.writeOutput(into: &inbox)
        guard var bytes = inbox.readSlice(length: min(count, inbox.readableBytes)) else { return }
        var events: [YamuxEvent] = []
        do {
            try ends[end].machine.receive(&bytes, at: now, into: &events)
        } catch {
            preconditionFailure("an honest remote was found at fault: \(error)")
        }
        for event in events { note(event, at: end) }
        // An incomplete header waits for its rest.
        bytes.writeImmutableBuffer(inbox)
        ends[end].inbox = bytes
    }

    private mutating func note(_ event: YamuxEvent, at end: Int) {
        switch event {
        case .data(let id, let bytes):
            let start = ends[end].received[id] ?? 0
            precondition(
                bytes == Self.expected(from: start, count: bytes.readableBytes), "\(id) is garbled")
            ends[end].received[id] = start + bytes.readableBytes
            ends[end].unread[id, default: 0] += bytes.readableBytes
            precondition(ends[end].received[id, default: 0] <= ends[1 - end].written[id] ?? 0)
        case .reset(let id), .closed(let id): ends[end].unread[id] = nil
        default: break
        }
    }

    private mutating func pass(_ end: Int) {
        do {
            try ends[end].machine.handleTimer(at: now)
        } catch {
            // The input may keep a pong back for too long; nothing else may go wrong.
            guard case .pongTimeout = error else { preconditionFailure("\(error)") }
            isOver = true
        }
    }

    /// Lets everything arrive and be read, until both are silent.
    private mutating func settle() {
        guard !isOver else { return }
        for _ in 0..<10_000 {
            for end in 0...1 {
                transfer(to: end, atMost: .max)
                for id in ends[end].unread.keys.sorted() { read(id, at: end) }
            }
            let isSilent = ends.allSatisfy {
                !$0.machine.hasOutput && $0.inbox.readableBytes == 0
            }
            if isSilent { return }
        }
        preconditionFailure("the two never fall silent")
    }
}
