import PeerKit

/// Everything that `/metrics` shows: what was counted, and what is looked up when it is asked.
struct MetricsView: Sendable {
    let registry: MetricRegistry
    let running: RunningNode

    /// The text exposition format 0.0.4.
    func text() async -> String {
        MetricFamily.text(registry.families() + (await lookedUp()))
    }

    private func lookedUp() async -> [MetricFamily] {
        let uptime = running.uptime
        let now = Double(running.node.runtime.clock.unixNanoseconds) * 1e-9
        var families = ProcessUsage.now.families(startedUnixSeconds: now - uptime.seconds)
        families.append(gauge("psic_uptime_seconds", uptime.seconds))
        families.append(
            MetricFamily(
                "psic_build_info", .gauge, help: MetricCatalogue.help(for: "psic_build_info"),
                samples: [
                    .init(
                        labels: MetricSyntax.labels(
                            [("version", Version.number)], limits: MetricLimits()), value: 1)
                ]))
        return families
    }

    private func gauge(_ name: String, _ value: Double) -> MetricFamily {
        MetricFamily(name, .gauge, help: MetricCatalogue.help(for: name), value)
    }
}
