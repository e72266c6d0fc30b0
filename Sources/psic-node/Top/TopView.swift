/// Turns what a node says of itself, moment by moment, into lines: rates from the difference to the
/// moment before.
struct TopView: Sendable {
    fileprivate struct Counts {
        var time: Duration
        var sent: UInt64
        var received: UInt64
        var cpu: Double
        var peers: [String: (sent: UInt64, received: UInt64)]
    }

    private var before: Counts?

    /// The lines for a moment.
    ///
    /// - Parameters:
    ///   - time: When it was, on a clock that does not jump.
    ///   - width: Characters of a line; longer ones are cut.
    ///   - height: Lines there is room for.
    mutating func lines(
        _ overview: NodeOverview, at time: Duration, width: Int = 80, height: Int = .max
    ) -> [String] {
        let counts = Counts(overview, time)
        let earlier = before
        before = counts
        var lines = head(overview, counts, earlier)
        lines += topics(overview.topics ?? [])
        let room = max(0, height - lines.count - 2)
        lines += peers(overview.peers.prefix(room), counts, earlier)
        return lines.prefix(height).map { String($0.prefix(width)) }
    }

    // MARK: Parts

    private func head(
        _ overview: NodeOverview, _ now: Counts, _ before: Counts?
    ) -> [String] {
        let status = overview.status
        let usage = overview.usage
        var lines = [
            [
                "psic-node \(status.version)", Figures.shortID(status.peerID),
                "up \(Figures.span(seconds: status.uptimeSeconds))",
                status.network.map { "network \($0)" } ?? "no LAN discovery",
            ].joined(separator: "  "),
            "peers     \(status.connectedPeers) connected, \(overview.knownPeers) known",
            "traffic   "
                + "sent \(Figures.bytes(status.bytesSent))\(Self.rate(now.sent, before?.sent, now, before))  "
                + "received \(Figures.bytes(status.bytesReceived))"
                + Self.rate(now.received, before?.received, now, before),
            "process   "
                + [
                    Self.share(now, before).map { "cpu \(Figures.fixed($0, digits: 1)) %" },
                    usage.residentBytes.map { "memory \(Figures.bytes($0))" },
                    usage.threads.map { "threads \($0)" },
                    usage.openDescriptors.map {
                        "descriptors \($0)/\(usage.maximumDescriptors ?? 0)"
                    },
                ].compactMap(\.self).joined(separator: "  "),
        ]
        if let dht = overview.dht {
            lines.append(
                "DHT       \(dht.mode)  \(dht.peers) peers in \(dht.buckets) buckets  "
                    + "\(dht.records) records  \(dht.providers) providers")
        }
        let busy = overview.resources.filter { $0.used > 0 }.prefix(4).map {
            "\($0.name) \(Figures.fixed($0.share * 100, digits: 1)) %"
        }
        if !busy.isEmpty { lines.append("limits    " + busy.joined(separator: "  ")) }
        if let federation = status.federation { lines.append("training  " + federation.line) }
        return lines + [""]
    }

    private func topics(_ topics: [TopicEntry]) -> [String] {
        guard !topics.isEmpty else { return [] }
        var table = TextTable([.init("TOPIC"), .init("PEERS", .right), .init("MESH", .right)])
        for topic in topics.prefix(Self.maximumTopics) {
            table.add([Figures.cut(topic.topic, to: 50), "\(topic.peers)", "\(topic.mesh)"])
        }
        return table.lines + [""]
    }

    private func peers(
        _ peers: ArraySlice<PeerEntry>, _ now: Counts, _ before: Counts?
    ) -> [String] {
        var table = TextTable([
            .init("PEER"), .init("RTT", .right), .init("SENT/S", .right),
            .init("RECEIVED/S", .right), .init("STANDING", .right), .init("AGENT"),
        ])
        for peer in peers {
            let old = before?.peers[peer.peerID]
            table.add([
                Figures.shortID(peer.peerID),
                peer.roundTripMilliseconds.map { Figures.fixed($0, digits: 1) + " ms" } ?? "-",
                Self.perSecond(peer.bytesSent, old?.sent, now, before) ?? "-",
                Self.perSecond(peer.bytesReceived, old?.received, now, before) ?? "-",
                peer.standing.map { Figures.fixed($0, digits: 1) } ?? "-", peer.agent ?? "-",
            ])
        }
        return table.lines
    }

    private static let maximumTopics = 8

    // MARK: Rates

    private static func perSecond(
        _ new: UInt64, _ old: UInt64?, _ now: Counts, _ before: Counts?
    ) -> String? {
        guard let old, let before, now.time > before.time else { return nil }
        // A peer that came back counts from nothing again.
        let bytes = new >= old ? new - old : new
        return Figures.bytes(UInt64(Double(bytes) / (now.time - before.time).seconds))
    }

    private static func rate(
        _ new: UInt64, _ old: UInt64?, _ now: Counts, _ before: Counts?
    ) -> String {
        perSecond(new, old, now, before).map { " (\($0)/s)" } ?? ""
    }

    /// CPU time in percent of one core.
    private static func share(_ now: Counts, _ before: Counts?) -> Double? {
        guard let before, now.time > before.time else { return nil }
        return max(0, now.cpu - before.cpu) / (now.time - before.time).seconds * 100
    }
}

extension TopView.Counts {
    fileprivate init(_ overview: NodeOverview, _ time: Duration) {
        self.time = time
        sent = overview.status.bytesSent
        received = overview.status.bytesReceived
        cpu = overview.usage.cpuSeconds
        peers = Dictionary(
            overview.peers.map { ($0.peerID, ($0.bytesSent, $0.bytesReceived)) }
        ) { $1 }
    }
}
