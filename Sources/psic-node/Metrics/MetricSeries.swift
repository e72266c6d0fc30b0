import Metrics
import Synchronization

/// The values of one name and one label set, counted from any thread.
protocol MetricSeries: AnyObject, Sendable {
    /// What they are now.
    func samples(labels: String) -> [MetricFamily.Sample]
}

/// A count that only rises.
final class CounterSeries: MetricSeries, CounterHandler {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        // A sum of bytes would need three centuries at a gigabyte per second to wrap round.
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() { value.store(0, ordering: .relaxed) }

    func samples(labels: String) -> [MetricFamily.Sample] {
        [.init(labels: labels, value: Double(value.load(ordering: .relaxed)))]
    }
}

/// A sum of fractions that only rises.
final class RealCounterSeries: MetricSeries, FloatingPointCounterHandler {
    private let bits = Atomic<UInt64>(0)

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        bits.update { $0 + amount }
    }

    func reset() { bits.store(0, ordering: .relaxed) }

    func samples(labels: String) -> [MetricFamily.Sample] {
        [.init(labels: labels, value: Double(bitPattern: bits.load(ordering: .relaxed)))]
    }
}

/// A value that rises and falls.
final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler {
    private let bits = Atomic<UInt64>(0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func increment(by amount: Double) { bits.update { $0 + amount } }
    func decrement(by amount: Double) { bits.update { $0 - amount } }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }

    func samples(labels: String) -> [MetricFamily.Sample] {
        [.init(labels: labels, value: Double(bitPattern: bits.load(ordering: .relaxed)))]
    }
}

/// How often values of each size came.
final class HistogramSeries: MetricSeries, TimerHandler, RecorderHandler {
    /// Upper bounds for times, in seconds: from a packet on loopback to a minute.
    static let times: [Double] = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
        5, 10, 30, 60,
    ]
    /// Upper bounds for everything else: 1, 2 and 5 of every power of ten up to a million.
    static let sizes: [Double] = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6,
    ]

    private struct State {
        /// One more than there are bounds: the last has what is above all of them.
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    /// - Parameter bounds: Upper bounds, rising.
    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(max(0, duration)) * 1e-9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[index] &+= 1
            state.sum += value
        }
    }

    func samples(labels: String) -> [MetricFamily.Sample] {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var total: UInt64 = 0
        var samples: [MetricFamily.Sample] = []
        for (bound, count) in zip(bounds + [.infinity], counts) {
            total += count
            let labels = MetricSyntax.adding("le", MetricSyntax.number(bound), to: labels)
            samples.append(.init(suffix: "_bucket", labels: labels, value: Double(total)))
        }
        samples.append(.init(suffix: "_sum", labels: labels, value: sum))
        samples.append(.init(suffix: "_count", labels: labels, value: Double(total)))
        return samples
    }
}

extension Atomic where Value == UInt64 {
    /// Replaces a number kept by its bits.
    fileprivate borrowing func update(_ change: (Double) -> Double) {
        var old = load(ordering: .relaxed)
        while true {
            let new = change(Double(bitPattern: old)).bitPattern
            let (isDone, found) = weakCompareExchange(
                expected: old, desired: new, ordering: .relaxed)
            if isDone { return }
            old = found
        }
    }
}
