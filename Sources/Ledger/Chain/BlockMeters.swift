import Metrics
import PeerKit

/// Blocks in numbers.
struct BlockMeters: Sendable {
    private let head: Gauge
    private let blocks: Counter
    private let transactions: Counter
    private let gas: Counter
    private let refused: Counter
    private let seconds: Timer

    init(_ factory: any MetricsFactory) {
        func counter(_ label: String) -> Counter { Counter(label: label, factory: factory) }
        head = Gauge(label: "psic_ledger_head", factory: factory)
        blocks = counter("psic_ledger_blocks_total")
        transactions = counter("psic_ledger_transactions_total")
        gas = counter("psic_ledger_gas_total")
        refused = counter("psic_ledger_refused_total")
        seconds = Timer(label: "psic_ledger_block_seconds", factory: factory)
    }

    /// A block was made and is the head.
    func made(_ built: BuiltBlock, in time: Duration) {
        head.record(Int64(clamping: built.block.number))
        blocks.increment()
        transactions.increment(by: built.block.transactions.count)
        gas.increment(by: Int64(clamping: built.block.header.gasUsed))
        refused.increment(by: built.refused.count { $0.reason != nil })
        seconds.recordNanoseconds(time.wholeNanoseconds)
    }
}
