import Metrics
import Synchronization

/// All metrics of the process that are counted as things happen: a factory for the libraries, a
/// list of families for whoever shows them.
///
/// A series is made at its first use and stays: asking twice for one name and label set gives the
/// same. A name has one kind for ever. What contradicts that or goes beyond ``MetricLimits`` is
/// counted by nobody, and that it was dropped is itself a metric.
final class MetricRegistry: Sendable {
    private enum Storage: Equatable {
        case counter, realCounter, gauge, times, sizes

        var kind: MetricFamily.Kind {
            switch self {
            case .counter, .realCounter: .counter
            case .gauge: .gauge
            case .times, .sizes: .histogram
            }
        }

        func make() -> any MetricSeries {
            switch self {
            case .counter: CounterSeries()
            case .realCounter: RealCounterSeries()
            case .gauge: GaugeSeries()
            case .times: HistogramSeries(bounds: HistogramSeries.times)
            case .sizes: HistogramSeries(bounds: HistogramSeries.sizes)
            }
        }
    }

    private struct Family {
        var storage: Storage
        var series: [String: any MetricSeries] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var dropped: UInt64 = 0
    }

    static let droppedName = "psic_metrics_dropped_total"

    private let limits: MetricLimits
    private let state = Mutex(State())

    init(limits: MetricLimits = MetricLimits()) { self.limits = limits }

    /// The series of a name and a label set; one that nobody sees if it cannot be had.
    private func series(
        _ label: String, _ dimensions: [(String, String)], _ storage: Storage
    ) -> any MetricSeries {
        let name = MetricSyntax.name(label)
        let labels = MetricSyntax.labels(dimensions, limits: limits)
        return state.withLock { state in
            guard state.families[name] != nil || state.families.count < limits.maximumFamilies
            else {
                state.dropped &+= 1
                return storage.make()
            }
            var family = state.families[name] ?? Family(storage: storage)
            if family.storage == storage, let known = family.series[labels] { return known }
            guard family.storage == storage, family.series.count < limits.maximumSeriesPerFamily
            else {
                state.dropped &+= 1
                return storage.make()
            }
            let made = storage.make()
            family.series[labels] = made
            state.families[name] = family
            return made
        }
    }

    /// Everything as it is now, in the order of names and label sets.
    func families() -> [MetricFamily] {
        let (families, dropped) = state.withLock { ($0.families, $0.dropped) }
        var list = families.map { name, family in
            MetricFamily(
                name, family.storage.kind, help: MetricCatalogue.help(for: name),
                samples: family.series.sorted { $0.key < $1.key }
                    .flatMap { $0.value.samples(labels: $0.key) })
        }
        list.append(
            MetricFamily(
                Self.droppedName, .counter, help: MetricCatalogue.help(for: Self.droppedName),
                Double(dropped)))
        return list.sorted { $0.name < $1.name }
    }
}

extension MetricRegistry: MetricsFactory {
    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter) as? CounterSeries ?? CounterSeries()
    }

    func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .realCounter) as? RealCounterSeries ?? RealCounterSeries()
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) as? GaugeSeries ?? GaugeSeries()
    }

    func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate {
            return series(label, dimensions, .sizes) as? HistogramSeries
                ?? HistogramSeries(bounds: HistogramSeries.sizes)
        }
        return series(label, dimensions, .gauge) as? GaugeSeries ?? GaugeSeries()
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let name = label.hasSuffix("_seconds") ? label : label + "_seconds"
        return series(name, dimensions, .times) as? HistogramSeries
            ?? HistogramSeries(bounds: HistogramSeries.times)
    }

    // A series stays: for Prometheus one that goes and comes back is a counter that was reset.
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}
