import struct NIOConcurrencyHelpers.NIOLockedValueBox

/// Serves one inbound stream. Returning closes the stream in order, throwing resets it.
public typealias StreamHandler = @Sendable (PeerStream) async throws -> Void

/// The protocols a node serves.
///
/// Read synchronously by every connection while it negotiates, so it is a locked table and not an
/// actor; the lock guards dictionary operations only.
final class ProtocolHandlers: Sendable {
    private let table = NIOLockedValueBox<[ProtocolID: StreamHandler]>([:])

    func handler(for protocolID: ProtocolID) -> StreamHandler? {
        table.withLockedValue { $0[protocolID] }
    }

    func supports(_ protocolID: ProtocolID) -> Bool {
        table.withLockedValue { $0[protocolID] != nil }
    }

    /// Adds or replaces a handler; whether the protocol is new.
    func set(_ handler: @escaping StreamHandler, for protocolID: ProtocolID) -> Bool {
        table.withLockedValue { $0.updateValue(handler, forKey: protocolID) == nil }
    }

    func remove(_ protocolID: ProtocolID) -> Bool {
        table.withLockedValue { $0.removeValue(forKey: protocolID) != nil }
    }

    /// The protocols, in alphabetical order.
    var protocols: [ProtocolID] { table.withLockedValue { $0.keys.sorted() } }
}
