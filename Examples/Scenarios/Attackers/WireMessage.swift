import struct NIOCore.ByteBuffer
import PeerKit

/// A protocol-buffer message written and read by hand.
///
/// Attackers share no codec with their victims: what an honest codec refuses to write is what they
/// are here to send.
struct WireMessage {
    /// What a field holds.
    enum Value {
        case number(UInt64)
        case bytes([UInt8])
    }

    private(set) var bytes: [UInt8] = []

    /// Adds a field of bytes, a text or a message.
    mutating func add(_ field: UInt64, _ value: some Sequence<UInt8>) {
        let value = Array(value)
        VarInt.append(field << 3 | 2, to: &bytes)
        VarInt.append(UInt64(value.count), to: &bytes)
        bytes += value
    }

    /// Adds a field with a number.
    mutating func add(_ field: UInt64, number: UInt64) {
        VarInt.append(field << 3, to: &bytes)
        VarInt.append(number, to: &bytes)
    }

    /// Adds a field with a message.
    mutating func add(_ field: UInt64, _ body: (inout WireMessage) -> Void) {
        var message = WireMessage()
        body(&message)
        add(field, message.bytes)
    }

    /// The fields of a message, as far as they make sense.
    static func fields(of message: [UInt8]) -> [(field: UInt64, value: Value)] {
        var rest = message[...]
        var found: [(field: UInt64, value: Value)] = []
        while !rest.isEmpty {
            guard let tag = try? VarInt.decode(&rest), let number = try? VarInt.decode(&rest)
            else { return found }
            switch tag & 7 {
            case 0: found.append((tag >> 3, .number(number)))
            case 2:
                guard number <= UInt64(rest.count) else { return found }
                found.append((tag >> 3, .bytes(Array(rest.prefix(Int(number))))))
                rest = rest.dropFirst(Int(number))
            default: return found
            }
        }
        return found
    }

    /// All fields of bytes with a number.
    static func all(_ field: UInt64, of message: [UInt8]) -> [[UInt8]] {
        fields(of: message).compactMap {
            if $0.field == field, case .bytes(let bytes) = $0.value { bytes } else { nil }
        }
    }
}

extension PeerStream {
    /// The next length-prefixed message, as an array; `nil` at the end and upon any failure.
    func nextMessage() async -> [UInt8]? {
        guard let message = try? await readMessage(limit: 4 << 20) else { return nil }
        return Array(message.readableBytesView)
    }
}
