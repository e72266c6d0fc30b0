import Metrics

/// The pool in numbers.
struct MempoolMeters: Sendable {
    private let transactions: Gauge
    private let bytes: Gauge
    private let senders: Gauge
    private let taken: Counter
    private let pending: Counter
    private let refusals: [String: Counter]
    private let dropped: [DropReason: Counter]

    init(_ factory: any MetricsFactory) {
        func gauge(_ label: String) -> Gauge { Gauge(label: label, factory: factory) }
        func counter(_ label: String, _ reason: String? = nil) -> Counter {
            Counter(
                label: label, dimensions: reason.map { [("reason", $0)] } ?? [], factory: factory)
        }
        transactions = gauge("psic_mempool_transactions")
        bytes = gauge("psic_mempool_bytes")
        senders = gauge("psic_mempool_senders")
        taken = counter("psic_mempool_admitted_total")
        pending = counter("psic_mempool_pending_total")
        refusals = Dictionary(
            uniqueKeysWithValues: MempoolError.labels.map {
                ($0, counter("psic_mempool_refused_total", $0))
            })
        dropped = Dictionary(
            uniqueKeysWithValues: DropReason.allCases.map {
                ($0, counter("psic_mempool_dropped_total", $0.rawValue))
            })
    }

    /// A transaction was taken.
    func admitted() { taken.increment() }

    /// A transaction was not taken.
    func refused(_ error: MempoolError) { refusals[error.label]?.increment() }

    /// What the pool holds now.
    func changed(count: Int, bytes size: Int, senders senderCount: Int) {
        transactions.record(count)
        bytes.record(size)
        senders.record(senderCount)
    }

    /// What has become of transactions.
    func happened(_ events: [MempoolEvent]) {
        for event in events {
            switch event {
            case .pending: pending.increment()
            case .dropped(_, let reason): dropped[reason]?.increment()
            }
        }
    }
}
