import Metrics
import struct NIOConcurrencyHelpers.NIOLockedValueBox

/// The resource ledger of a node, as connections on every executor use it: when a connection or a
/// stream begins or ends and when windows grow, never for a frame.
final class ResourceBook: Sendable {
    /// The lock guards one entry at a time.
    private let ledger: NIOLockedValueBox<ResourceLedger>
    private let memory: Gauge
    private let streams: Gauge

    init(limits: ResourceLimits, metrics: any MetricsFactory) {
        ledger = NIOLockedValueBox(ResourceLedger(limits: limits))
        memory = Gauge(label: "psic_host_reserved_bytes", factory: metrics)
        streams = Gauge(label: "psic_host_streams", factory: metrics)
    }

    var snapshot: ResourceSnapshot { ledger.withLockedValue { $0.snapshot } }
    var isEmpty: Bool { ledger.withLockedValue { $0.isEmpty } }

    /// Takes something for a peer, or says which limit is in the way.
    func take(_ usage: ResourceUsage, for peer: PeerID) -> LimitRefusal? {
        let (refusal, system) = ledger.withLockedValue {
            ledger -> (LimitRefusal?, ResourceUsage) in
            do throws(LimitRefusal) {
                try ledger.take(usage, for: peer)
                return (nil, ledger.system)
            } catch {
                return (error, ledger.system)
            }
        }
        record(system)
        return refusal
    }

    func giveBack(_ usage: ResourceUsage, for peer: PeerID) {
        record(
            ledger.withLockedValue { ledger in
                ledger.giveBack(usage, for: peer)
                return ledger.system
            })
    }

    /// Assigns something taken for a peer to a protocol, or says which limit is in the way.
    func assign(
        _ usage: ResourceUsage, of peer: PeerID, to protocolID: ProtocolID
    ) -> LimitRefusal? {
        ledger.withLockedValue { ledger in
            do throws(LimitRefusal) {
                try ledger.assign(usage, of: peer, to: protocolID)
                return nil
            } catch {
                return error
            }
        }
    }

    func unassign(_ usage: ResourceUsage, of peer: PeerID, from protocolID: ProtocolID) {
        ledger.withLockedValue { $0.unassign(usage, of: peer, from: protocolID) }
    }

    private func record(_ system: ResourceUsage) {
        memory.record(system.memory)
        streams.record(system.inboundStreams + system.outboundStreams)
    }
}
