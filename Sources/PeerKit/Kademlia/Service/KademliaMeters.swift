import Metrics

/// What the service counts.
struct KademliaMeters: Sendable {
    let failedRequests: Counter
    let requestTime: Timer
    let served: [KademliaMessage.Kind: Counter]
    let refused: Counter
    let lookups: Counter
    let lookupTime: Timer
    let lookupQueries: Recorder
    let peers: Gauge
    let records: Gauge
    let providers: Gauge

    init(_ factory: any MetricsFactory) {
        failedRequests = Counter(
            label: "psic_kad_failed_requests_total", dimensions: [], factory: factory)
        requestTime = Timer(label: "psic_kad_request_seconds", dimensions: [], factory: factory)
        served = Dictionary(
            uniqueKeysWithValues: KademliaMessage.Kind.allCases.map {
                (
                    $0,
                    Counter(
                        label: "psic_kad_served_total", dimensions: [("type", $0.name)],
                        factory: factory)
                )
            })
        refused = Counter(label: "psic_kad_refused_total", dimensions: [], factory: factory)
        lookups = Counter(label: "psic_kad_lookups_total", dimensions: [], factory: factory)
        lookupTime = Timer(label: "psic_kad_lookup_seconds", dimensions: [], factory: factory)
        lookupQueries = Recorder(
            label: "psic_kad_lookup_queries", dimensions: [], aggregate: true, factory: factory)
        peers = Gauge(label: "psic_kad_table_peers", dimensions: [], factory: factory)
        records = Gauge(label: "psic_kad_records", dimensions: [], factory: factory)
        providers = Gauge(label: "psic_kad_provider_records", dimensions: [], factory: factory)
    }
}
