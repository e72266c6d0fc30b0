@testable import PeerKit

extension PeerID {
    /// A peer ID of the common kind whose key nobody has; made without any arithmetic on curves.
    static func counted(_ number: Int) -> PeerID {
        let key = (0..<32).map { UInt8(truncatingIfNeeded: number >> ($0 % 8 * 8)) }
        do {
            return try PeerID(bytes: [0x00, 0x24, 0x08, 0x01, 0x12, 0x20] + key)
        } catch {
            preconditionFailure("a peer ID was refused: \(error)")
        }
    }
}

extension MessageID {
    /// A message ID for each number.
    static func counted(_ number: Int) -> MessageID {
        MessageID((0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) })
    }
}

extension Instant {
    /// Seconds after the origin.
    static func at(_ seconds: Double) -> Instant {
        Instant(nanoseconds: UInt64((seconds * 1e9).rounded()))
    }
}
