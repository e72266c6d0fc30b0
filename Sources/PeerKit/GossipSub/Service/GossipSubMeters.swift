import Metrics

/// What a router counts for the operator. Counters grow at each heartbeat by what has happened since
/// the last, so that a message costs nothing here.
struct GossipSubMeters: Sendable {
    private struct Meter: Sendable {
        var counter: Counter
        var value: @Sendable (GossipSubStatistics) -> Int
    }

    private let meters: [Meter]
    private let peers: Gauge
    private let topics: Gauge
    private let meshPeers: Gauge
    private let pending: Gauge
    private let cachedBytes: Gauge
    private var last = GossipSubStatistics()

    init(_ factory: any MetricsFactory) {
        func gauge(_ label: String) -> Gauge { Gauge(label: label, factory: factory) }
        func meter(
            _ label: String, _ dimensions: [(String, String)] = [],
            _ value: @escaping @Sendable (GossipSubStatistics) -> Int
        ) -> Meter {
            Meter(
                counter: Counter(label: label, dimensions: dimensions, factory: factory),
                value: value)
        }
        let messages = "psic_gossipsub_messages_total"
        let control = "psic_gossipsub_control_sent_total"
        meters = [
            meter("psic_gossipsub_rpcs_received_total") { $0.received },
            meter("psic_gossipsub_rpcs_graylisted_total") { $0.graylisted },
            meter(messages, [("result", "accepted")]) { $0.accepted },
            meter(messages, [("result", "duplicate")]) { $0.duplicates },
            meter(messages, [("result", "rejected")]) { $0.rejected },
            meter(messages, [("result", "ignored")]) { $0.ignored },
            meter(messages, [("result", "dropped")]) { $0.dropped },
            meter(messages, [("result", "excess")]) { $0.excess },
            meter("psic_gossipsub_published_total") { $0.published },
            meter("psic_gossipsub_copies_sent_total") { $0.sent },
            meter("psic_gossipsub_copies_spared_total") { $0.spared },
            meter(control, [("kind", "graft")]) { $0.grafts },
            meter(control, [("kind", "prune")]) { $0.prunes },
            meter(control, [("kind", "ihave")]) { $0.haves },
            meter(control, [("kind", "idontwant")]) { $0.dontWants },
            meter("psic_gossipsub_wanted_total") { $0.wanted },
            meter("psic_gossipsub_served_total") { $0.served },
            meter("psic_gossipsub_promises_broken_total") { $0.brokenPromises },
            meter("psic_gossipsub_grafts_refused_total") { $0.graftsRefused },
            meter("psic_gossipsub_frames_dropped_total") { $0.framesDropped },
            meter("psic_gossipsub_streams_lost_total") { $0.streamsLost },
            meter("psic_gossipsub_deliveries_dropped_total") { $0.deliveriesDropped },
        ]
        peers = gauge("psic_gossipsub_peers")
        topics = gauge("psic_gossipsub_topics")
        meshPeers = gauge("psic_gossipsub_mesh_peers")
        pending = gauge("psic_gossipsub_pending_messages")
        cachedBytes = gauge("psic_gossipsub_cached_bytes")
    }

    /// Counts what has happened since the last call.
    mutating func record(
        _ now: GossipSubStatistics, _ machine: GossipSubMachine<TopicChannels>, peers count: Int
    ) {
        for meter in meters {
            let growth = meter.value(now) - meter.value(last)
            if growth > 0 { meter.counter.increment(by: growth) }
        }
        last = now
        peers.record(count)
        topics.record(machine.joined.count)
        meshPeers.record(
            machine.topics.channels.values.reduce(0) { sum, channel in
                sum + channel.assumeIsolated { $0.mesh.count }
            })
        pending.record(machine.pending.count)
        cachedBytes.record(machine.cache.byteCount)
    }
}
