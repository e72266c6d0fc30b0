import PeerKit

/// Everything that `/metrics` shows: what was counted, and what is looked up when it is asked.
struct MetricsView: Sendable {
    let registry: MetricRegistry
    let running: RunningNode

    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The text exposition format 0.0.4.
    func text() async -> String {
        Self.text(
            of: registry, uptime: running.uptime,
            unixNanoseconds: running.node.runtime.clock.unixNanoseconds)
    }

    /// The same of a process that is no node.
    static func text(
        of registry: MetricRegistry, uptime: Duration, unixNanoseconds: UInt64
    ) -> String {
        let now = Double(unixNanoseconds) * 1e-9
        var families = ProcessUsage.now.families(startedUnixSeconds: now - uptime.seconds)
        families.append(
            MetricFamily(
                "psic_uptime_seconds", .gauge,
                help: MetricCatalogue.help(for: "psic_uptime_seconds"), uptime.seconds))
        families.append(
            MetricFamily(
                "psic_build_info", .gauge, help: MetricCatalogue.help(for: "psic_build_info"),
                samples: [
                    .init(
                        labels: MetricSyntax.labels(
                            [("version", Version.number)], limits: MetricLimits()), value: 1)
                ]))
        return MetricFamily.text(registry.families() + families)
    }
}
