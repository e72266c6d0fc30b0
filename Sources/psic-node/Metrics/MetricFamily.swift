/// A metric as it is shown: a name, what it means, and the values of its series.
struct MetricFamily: Equatable, Sendable {
    /// The kind, as Prometheus names it.
    enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    /// One line: what follows the name, the labels, the value.
    struct Sample: Equatable, Sendable {
        var suffix = ""
        var labels = ""
        var value: Double
    }

    var name: String
    var kind: Kind
    var help: String
    var samples: [Sample]

    init(_ name: String, _ kind: Kind, help: String, samples: [Sample]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }

    /// A metric of one value.
    init(_ name: String, _ kind: Kind, help: String, _ value: Double) {
        self.init(name, kind, help: help, samples: [Sample(value: value)])
    }

    /// Whether any value is there to show.
    var isEmpty: Bool { samples.isEmpty }

    /// The text exposition format 0.0.4, in the order of the names.
    static func text(_ families: [MetricFamily]) -> String {
        var text = ""
        for family in families.sorted(by: { $0.name < $1.name }) where !family.isEmpty {
            text += "# HELP \(family.name) \(MetricSyntax.help(family.help))\n"
            text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
            for sample in family.samples {
                text += "\(family.name)\(sample.suffix)\(sample.labels) "
                text += "\(MetricSyntax.number(sample.value))\n"
            }
        }
        return text
    }
}
