import FuzzKit
@testable import PeerKit

import struct NIOCore.ByteBuffer

/// One session whose remote sends what the input says.
///
/// Whatever comes, it must not trap, must not forget a failure, and must hold no more than its
/// limits allow.
struct HostileSession {
    private let configuration: YamuxConfiguration
    private var machine: YamuxMachine
    private var now = Instant.zero
    private var wire = ByteBuffer()
    /// Bytes that the reader has not taken, by stream.
    private var held: [YamuxStreamID: Int] = [:]

    init(role: YamuxRole) {
        var configuration = YamuxConfiguration()
        configuration.maximumInboundStreams = 8
        configuration.maximumOutboundStreams = 8
        configuration.growthBudget = 1 << 20
        self.configuration = configuration
        machine = YamuxMachine(role: role, configuration: configuration, now: now)
    }

    mutating func run(_ input: inout FuzzInput) {
        while !input.isEmpty, machine.failure == nil {
            step(&input)
            check()
        }
    }

    private mutating func step(_ input: inout FuzzInput) {
        switch input.choice(of: 12) {
        case 0: receive(input.segment() ?? [])
        case 1...5: receive(frame(&input))
        case 6: _ = try? machine.openStream(at: now)
        case 7:
            var bytes = ByteBuffer(repeating: 1, count: Int(input.integer(UInt16.self)))
            _ = try? machine.write(&bytes, to: stream(&input))
        case 8:
            let id = stream(&input)
            machine.consume(held.removeValue(forKey: id) ?? 0, from: id, at: now)
        case 9:
            let id = stream(&input)
            if input.byte() & 1 == 0 { machine.closeWrite(id) } else { reset(id) }
        case 10:
            now = now.advanced(by: .milliseconds(Int(input.integer(UInt16.self))))
            try? machine.handleTimer(at: now)
        default:
            var out = ByteBuffer()
            machine.writeOutput(into: &out, limit: 13 + Int(input.integer(UInt16.self)))
        }
    }

    private func stream(_ input: inout FuzzInput) -> YamuxStreamID {
        YamuxStreamID(rawValue: UInt32(input.choice(of: 24)))
    }

    /// A frame that is more or less right, with as much of its payload as the input has.
    private func frame(_ input: inout FuzzInput) -> [UInt8] {
        let type = input.choice(of: 4)
        let flags = input.byte()
        let id = input.choice(of: 24)
        let isShort = input.byte() & 3 != 0
        let length = isShort ? UInt32(input.byte()) : input.integer(UInt32.self)
        var frame: [UInt8] = [0, UInt8(type), 0, flags & 15, 0, 0, 0, UInt8(id)]
        frame += (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) }
        return type == 0 && length < 1024 ? frame + input.take(Int(length)) : frame
    }

    private mutating func receive(_ bytes: [UInt8]) {
        wire.writeBytes(bytes)
        var events: [YamuxEvent] = []
        do {
            try machine.receive(&wire, at: now, into: &events)
            precondition(wire.readableBytes < YamuxHeader.byteCount)
        } catch {
            precondition(machine.failure == error)
            precondition(error.scope == .connection && error.isPeerFault, "\(error)")
            var more: [YamuxEvent] = []
            precondition((try? machine.receive(&wire, at: now, into: &more)) == nil)
            precondition(more.isEmpty)
        }
        for event in events { note(event) }
    }

    private mutating func note(_ event: YamuxEvent) {
        switch event {
        case .data(let id, let bytes):
            precondition(bytes.readableBytes > 0)
            held[id, default: 0] += bytes.readableBytes
            let bound = configuration.maximumWindow
            precondition(held[id, default: 0] <= bound, "stream \(id) holds \(held[id] ?? 0)")
        case .reset(let id), .closed(let id): held[id] = nil
        default: break
        }
    }

    private mutating func reset(_ id: YamuxStreamID) {
        machine.reset(id)
        held[id] = nil
    }

    private func check() {
        let limit = configuration.maximumInboundStreams + configuration.maximumOutboundStreams
        precondition(machine.streamCount <= limit, "\(machine.streamCount) streams")
        precondition(machine.control.count <= YamuxLimits.maximumQueuedControlFrames + limit)
        let total = held.values.reduce(0, +)
        precondition(
            total <= limit * YamuxLimits.initialWindow + configuration.growthBudget,
            "holds \(total) bytes")
    }
}
