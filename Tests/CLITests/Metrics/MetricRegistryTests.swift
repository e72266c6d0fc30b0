import Metrics
import Testing

@testable import psic_node

@Suite("Metrics") struct MetricRegistryTests {
    private func text(_ registry: MetricRegistry) -> [String] {
        MetricFamily.text(registry.families()).split(separator: "\n").map(String.init)
    }

    private func samples(_ registry: MetricRegistry, _ name: String) -> [String] {
        text(registry).filter { $0.hasPrefix(name) }
    }

    @Test func everyKindIsShownInTheTextFormat() {
        let registry = MetricRegistry()
        Counter(label: "psic_a_total", dimensions: [("kind", "x")], factory: registry)
            .increment(by: 3)
        FloatingPointCounter(label: "psic_b_total", factory: registry).increment(by: 1.5)
        Gauge(label: "psic_c", factory: registry).record(-7)
        Meter(label: "psic_d", factory: registry).increment(by: 2.25)
        #expect(
            text(registry).filter { !$0.hasPrefix("# HELP") } == [
                "# TYPE psic_a_total counter", #"psic_a_total{kind="x"} 3"#,
                "# TYPE psic_b_total counter", "psic_b_total 1.5", "# TYPE psic_c gauge",
                "psic_c -7", "# TYPE psic_d gauge", "psic_d 2.25",
                "# TYPE psic_metrics_dropped_total counter", "psic_metrics_dropped_total 0",
            ])
    }

    @Test func aTimerIsAHistogramInSecondsWithRisingBuckets() {
        let registry = MetricRegistry()
        let timer = Metrics.Timer(
            label: "psic_dial", dimensions: [("to", "lan")], factory: registry)
        for nanoseconds in [50_000, 3_000_000, 3_000_000, 120_000_000_000] as [Int64] {
            timer.recordNanoseconds(nanoseconds)
        }
        let lines = samples(registry, "psic_dial_seconds")
        #expect(lines.count == HistogramSeries.times.count + 3)
        #expect(lines.first == #"psic_dial_seconds_bucket{to="lan",le="0.0001"} 1"#)
        #expect(lines.contains(#"psic_dial_seconds_bucket{to="lan",le="0.0025"} 1"#))
        #expect(lines.contains(#"psic_dial_seconds_bucket{to="lan",le="0.005"} 3"#))
        #expect(lines.contains(#"psic_dial_seconds_bucket{to="lan",le="60"} 3"#))
        #expect(lines.contains(#"psic_dial_seconds_bucket{to="lan",le="+Inf"} 4"#))
        #expect(lines.last == #"psic_dial_seconds_count{to="lan"} 4"#)
        #expect(lines.dropLast().last?.hasPrefix("psic_dial_seconds_sum{") == true)
    }

    @Test func oneNameAndLabelSetIsOneSeriesInWhateverOrderItsLabelsCome() {
        let registry = MetricRegistry()
        Counter(label: "c", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        Counter(label: "c", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment()
        #expect(samples(registry, "c{") == [#"c{a="1",b="2"} 2"#])
    }

    @Test func whatComesFromOutsideCannotBreakTheText() {
        let registry = MetricRegistry()
        Counter(
            label: "1 bad\nname", dimensions: [("le vel", "a\"b\\c\nd")], factory: registry
        ).increment()
        #expect(samples(registry, "_1") == [#"_1_bad_name{le_vel="a\"b\\c\nd"} 1"#])
        let long = String(repeating: "ä", count: 1000)
        let labels = MetricSyntax.labels([("x", long)], limits: MetricLimits())
        #expect(labels.utf8.count == MetricLimits().maximumValueBytes + 6)
        let many = (0..<80).map { ("l\($0)", "x") }
        #expect(
            MetricSyntax.labels(many, limits: MetricLimits()).filter { $0 == "=" }.count
                == MetricLimits().maximumLabels)
    }

    @Test func tenTimesTooManySeriesAreDroppedAndTheDroppingIsCounted() {
        let limits = MetricLimits(maximumFamilies: 4, maximumSeriesPerFamily: 3)
        let registry = MetricRegistry(limits: limits)
        for index in 0..<30 {
            Counter(label: "c", dimensions: [("i", "\(index)")], factory: registry).increment()
        }
        for index in 0..<40 { Gauge(label: "g\(index)", factory: registry).record(1) }
        #expect(samples(registry, "c{").count == 3)
        #expect(registry.families().count == 4 + 1)
        #expect(samples(registry, MetricRegistry.droppedName) == ["psic_metrics_dropped_total 64"])
    }

    @Test func aNameHasOneKind() {
        let registry = MetricRegistry()
        Counter(label: "x", factory: registry).increment(by: 5)
        Gauge(label: "x", factory: registry).record(77)
        #expect(samples(registry, "x ") == ["x 5"])
        #expect(samples(registry, MetricRegistry.droppedName) == ["psic_metrics_dropped_total 1"])
    }

    @Test func aCounterDoesNotFallAndAGaugeTakesAnything() {
        let registry = MetricRegistry()
        let counter = Counter(label: "c", factory: registry)
        counter.increment(by: 2)
        counter.increment(by: -1)
        Gauge(label: "g1", factory: registry).record(Double.nan)
        Gauge(label: "g2", factory: registry).record(-Double.infinity)
        #expect(samples(registry, "c ") == ["c 2"])
        #expect(samples(registry, "g") == ["g1 NaN", "g2 -Inf"])
    }

    @Test func countingFromManyTasksLosesNothing() async {
        let registry = MetricRegistry()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        Counter(label: "n", factory: registry).increment()
                        Meter(label: "m", factory: registry).increment(by: 0.5)
                    }
                }
            }
        }
        #expect(samples(registry, "n ") == ["n 8000"])
        #expect(samples(registry, "m ") == ["m 4000"])
    }

    @Test func theProcessIsReadFromWhatTheKernelSays() {
        var usage = ProcessUsage(cpuSeconds: 1.5)
        usage.readStatus("Name:\tx\nVmSize:\t  2048 kB\nVmRSS:\t     64 kB\nThreads:\t7\nVmX:\n")
        #expect(usage.virtualBytes == 2_097_152)
        #expect(usage.residentBytes == 65_536)
        #expect(usage.threads == 7)
        let lines = MetricFamily.text(usage.families(startedUnixSeconds: 5)).split(separator: "\n")
        #expect(lines.contains("process_resident_memory_bytes 65536"))
        #expect(lines.contains("process_threads 7"))
        #expect(lines.contains("process_cpu_seconds_total 1.5"))
        // What is not known is not shown.
        #expect(!lines.contains { $0.contains("process_open_fds") })
        #expect(ProcessUsage.now.cpuSeconds > 0)
    }
}
