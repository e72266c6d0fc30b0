import ArgumentParser
import FedLearn
import FedLearnAttacks
import Foundation

/// Rules against attacks, over seeds, as a table, JSON or a picture.
@main struct PoisoningStudy: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure which aggregation rule survives which attack.")

    enum Format: String, ExpressibleByArgument { case text, json }

    @Option(help: "Members.") var members = 10
    @Option(help: "How many of them attack.") var byzantine = 3
    @Option(help: "Rounds; the last five count.") var rounds = 30
    @Option(help: "How data are shared out: iid or dirichlet:A.") var partition = "dirichlet:0.3"
    @Option(help: "Seeds to average over: 1, 2, …") var seeds = 3
    @Option(help: "Rules, separated by commas; all by default.") var rules = ""
    @Option(help: "Attacks: standard, further, all, or names separated by commas.")
    var attacks = "standard"
    @Option(help: "text or json.") var format = Format.text
    @Option(help: "Where to write the heat map.") var svg: String?

    func validate() throws {
        guard members > 1, members <= 100, byzantine >= 0, 2 * byzantine < members else {
            throw ValidationError("need 2 to 100 members and fewer than half of them Byzantine")
        }
        guard rounds > 0, rounds <= 1_000, seeds > 0, seeds <= 100 else {
            throw ValidationError("need 1 to 1000 rounds and 1 to 100 seeds")
        }
    }

    func run() throws {
        let rules = try chosenRules()
        let attacks = try chosenAttacks()
        let trials = try (1...seeds).map { seed in
            var setting = PoisoningTrial.Setting()
            setting.memberCount = members
            setting.byzantineCount = byzantine
            setting.roundCount = rounds
            setting.partition = try Partition(parsing: partition)
            setting.seed = UInt64(seed)
            return try PoisoningTrial(setting)
        }
        var table = StudyTable(rules: rules.map(\.name), attacks: attacks.map(\.name))
        for (row, rule) in rules.enumerated() {
            for (column, attack) in attacks.enumerated() {
                let accuracies = try trials.map { trial in
                    let last = try trial.run(rule, against: attack).suffix(5)
                    return last.reduce(0, +) / Double(last.count)
                }
                table[row, column] = Cell(accuracies)
            }
            FileHandle.standardError.write(Data("\(rule.name): done\n".utf8))
        }
        print(try format == .text ? table.text : table.json(of: self))
        if let svg {
            try table.svg(title: title).write(toFile: svg, atomically: true, encoding: .utf8)
        }
    }

    private var title: String {
        "Accuracy in %, \(partition), \(byzantine) of \(members) Byzantine, \(seeds) seeds"
    }

    private func chosenRules() throws -> [any AggregationRule] {
        let known = StudyRules.all(tolerating: byzantine)
        guard !rules.isEmpty else { return known }
        return try rules.split(separator: ",").map { name in
            guard let rule = known.first(where: { $0.name == name }) else {
                let names = known.map(\.name).joined(separator: ", ")
                throw ValidationError("no rule \"\(name)\"; there are \(names)")
            }
            return rule
        }
    }

    private func chosenAttacks() throws -> [any Attack] {
        switch attacks {
        case "standard": return AttackCatalogue.standard
        case "further": return AttackCatalogue.further
        case "all": return AttackCatalogue.standard + AttackCatalogue.further
        default:
            return try attacks.split(separator: ",").map { name in
                guard let attack = AttackCatalogue.named(String(name)) else {
                    throw ValidationError("no attack \"\(name)\"")
                }
                return attack
            }
        }
    }
}

/// The rules of the study.
enum StudyRules {
    /// Published rules as their authors have them, then psic's.
    static func all(tolerating faults: Int) -> [any AggregationRule] {
        let plain: [any AggregationRule] = [
            WeightedMean(), CoordinateMedian(), TrimmedMean(trimming: faults),
            Krum(maximumFaults: faults), Krum.multi(maximumFaults: faults),
            Bulyan(maximumFaults: faults / 3), GeometricMedian(), CenteredClipping(),
            MeanAroundMedian(maximumFaults: faults),
            DivideAndConquer(maximumFaults: faults, coordinates: 2_000, seed: 1),
        ]
        let mixed: [any AggregationRule] = [
            PlainMean(), CoordinateMedian(), TrimmedMean(trimming: faults),
            Krum(maximumFaults: faults), Krum.multi(maximumFaults: faults),
            Bulyan(maximumFaults: faults / 3), GeometricMedian(), CenteredClipping(),
        ]
        return plain + mixed.map { NearestNeighborMixing(maximumFaults: faults, then: $0) }
            + [AnchoredMean(maximumFaults: faults)]
    }
}
