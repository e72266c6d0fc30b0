/// Figures that many scenarios have.
extension Stage {
    /// Notes how look-ups went.
    ///
    /// - Parameter least: The percentage that should be found.
    func note(
        _ tally: LookupTally, _ name: String, least: Double? = nil, hops: Double? = nil
    ) {
        note("\(name) found", tally.found, of: tally.tried, least.map { .atLeast($0) })
        note("\(name) tried", Double(tally.tried), .count)
        note("\(name) hops, median", tally.medianHops, .hops, hops.map { .atMost($0) })
        note("\(name) hops, p99", Double(tally.hops.quantile(0.99) ?? 0), .hops)
        note(
            "\(name) time, median", (tally.times.quantile(0.5) ?? .zero).milliseconds, .milliseconds
        )
        note("\(name) time, p99", (tally.times.quantile(0.99) ?? .zero).milliseconds, .milliseconds)
        note(
            "\(name) peers asked, mean", Double(tally.queried) / Double(max(1, tally.hops.count)),
            .count)
        for (kind, count) in tally.failures.sorted(by: { $0.key < $1.key }) {
            note("\(name) failed: \(kind)", Double(count), .count)
        }
    }

    /// Notes how messages went.
    ///
    /// - Parameter least: The percentage of deliveries that should be made.
    func note(
        _ tally: GossipTally, _ name: String, least: Double? = nil, duplicates: Double? = nil
    ) {
        note("\(name) delivered", tally.delivered, of: tally.expected, least.map { .atLeast($0) })
        note("\(name) reached everybody", tally.complete, of: tally.messages)
        note("\(name) published", Double(tally.messages), .count)
        note(
            "\(name) time, median", (tally.times.quantile(0.5) ?? .zero).milliseconds, .milliseconds
        )
        note("\(name) time, p99", (tally.times.quantile(0.99) ?? .zero).milliseconds, .milliseconds)
        note(
            "\(name) time to the last, median",
            (tally.lastTimes.quantile(0.5) ?? .zero).milliseconds,
            .milliseconds)
        note(
            "\(name) duplicates", tally.duplicatesPerDelivery, .perMessage,
            duplicates.map { .atMost($0) })
        note(
            "\(name) copies spared by IDONTWANT",
            Double(tally.spared) / Double(max(1, tally.delivered)), .perMessage)
        if tally.repeated > 0 {
            note("\(name) delivered twice", Double(tally.repeated), .count, .atMost(0))
        }
    }
}

extension Duration {
    /// The duration in milliseconds.
    var milliseconds: Double { seconds * 1000 }
}
