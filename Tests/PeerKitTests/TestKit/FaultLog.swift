import Logging
import NIOConcurrencyHelpers

@testable import PeerKit

/// Hears which peer faults a node reports.
final class FaultLog: LogHandler, Sendable {
    struct Fault: Hashable, Sendable {
        var kind: String
        var peer: String
    }

    private let seen = NIOLockedValueBox<[Fault]>([])
    var faults: [Fault] { seen.withLockedValue { $0 } }

    /// How often a peer was reported for a fault of this kind.
    func count(_ kind: PeerFault.Kind, by peer: PeerID) -> Int {
        faults.count { $0.kind == kind.rawValue && $0.peer == peer.description }
    }

    /// A logger to give to the node.
    var logger: Logger { Logger(label: "faults") { _ in self } }

    var logLevel: Logger.Level {
        get { .debug }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        guard event.message.description == "peer fault", let kind = event.metadata?["kind"],
            let peer = event.metadata?["remote"]
        else { return }
        seen.withLockedValue { $0.append(Fault(kind: "\(kind)", peer: "\(peer)")) }
    }
}
