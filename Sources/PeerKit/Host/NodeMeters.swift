import Metrics
import struct NIOConcurrencyHelpers.NIOLockedValueBox

/// What a node counts of its connections. Resources and faults are counted where they are kept.
///
/// | Label | Dimensions | |
/// |---|---|---|
/// | `psic_host_connections` | `direction` | that stand |
/// | `psic_host_connections_total` | `direction` | that stood |
/// | `psic_host_handshake_seconds` | `direction`, `outcome` | from the channel to the peer's name |
/// | `psic_host_dials_total` | `outcome` | addresses tried |
/// | `psic_host_streams_total` | `direction` | with a protocol agreed on |
/// | `psic_host_bytes_total` | `direction` | below the cipher; counted once in half a minute |
/// | `psic_host_refusals_total` | `limit` | connections and streams refused |
/// | `psic_host_trimmed_total` | | peers disconnected to make room |
/// | `psic_host_streams`, `psic_host_reserved_bytes` | | see ``ResourceBook`` |
/// | `psic_peer_faults_total` | `kind` | see ``StandingBook`` |
final class NodeMeters: Sendable {
    /// Something counted by the direction it takes.
    struct ByDirection<Meter: Sendable>: Sendable {
        let inbound: Meter
        let outbound: Meter

        init(_ make: (Direction) -> Meter) {
            inbound = make(.inbound)
            outbound = make(.outbound)
        }

        subscript(_ direction: Direction) -> Meter {
            direction == .inbound ? inbound : outbound
        }
    }

    let connections: ByDirection<Meter>
    let connectionsOpened: ByDirection<Counter>
    let handshakes: ByDirection<Timer>
    let failedHandshakes: ByDirection<Timer>
    let dialsSucceeded: Counter
    let dialsFailed: Counter
    let streams: ByDirection<Counter>
    let bytes: ByDirection<Counter>
    let trimmed: Counter

    private let factory: any MetricsFactory
    /// By the limit's name: a fixed set, as limits are named in source code. The lock guards the
    /// table.
    private let refusals = NIOLockedValueBox<[String: Counter]>([:])

    init(_ factory: any MetricsFactory) {
        self.factory = factory
        func counter(_ label: String, _ dimensions: [(String, String)] = []) -> Counter {
            Counter(label: label, dimensions: dimensions, factory: factory)
        }
        connections = ByDirection {
            Meter(
                label: "psic_host_connections", dimensions: [("direction", $0.rawValue)],
                factory: factory)
        }
        connectionsOpened = ByDirection {
            counter("psic_host_connections_total", [("direction", $0.rawValue)])
        }
        func handshake(_ direction: Direction, _ outcome: String) -> Timer {
            Timer(
                label: "psic_host_handshake_seconds",
                dimensions: [("direction", direction.rawValue), ("outcome", outcome)],
                preferredDisplayUnit: .seconds, factory: factory)
        }
        handshakes = ByDirection { handshake($0, "done") }
        failedHandshakes = ByDirection { handshake($0, "failed") }
        dialsSucceeded = counter("psic_host_dials_total", [("outcome", "done")])
        dialsFailed = counter("psic_host_dials_total", [("outcome", "failed")])
        streams = ByDirection { counter("psic_host_streams_total", [("direction", $0.rawValue)]) }
        bytes = ByDirection { counter("psic_host_bytes_total", [("direction", $0.rawValue)]) }
        trimmed = counter("psic_host_trimmed_total")
    }

    func refused(_ limit: String) {
        let counter = refusals.withLockedValue { $0[limit] }
        if let counter { return counter.increment() }
        let new = Counter(
            label: "psic_host_refusals_total", dimensions: [("limit", limit)], factory: factory)
        refusals.withLockedValue { $0[limit] = new }
        new.increment()
    }
}
