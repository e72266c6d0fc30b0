import ArgumentParser
import FedLearn
import FedLearnAttacks
import Foundation

/// Rules against attacks, over seeds, as a table, JSON or a picture.
@main struct PoisoningStudy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure which aggregation rule survives which attack.",
        discussion: """
            Members train on handwritten digits, the last ones of them attack, a rule combines what they \
            send. A cell is the mean accuracy of the last five rounds in percent, over all seeds, and its \
            standard deviation. Equal options give equal numbers, whatever --jobs says.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, markdown, json }
    enum Architecture: String, ExpressibleByArgument, CaseIterable { case mlp, softmax }

    @Option(name: [.long, .customLong("clients")], help: "Members.") var members = 10
    @Option(help: "How many of them attack.") var byzantine = 3
    @Option(help: "How many attackers the rules expect; as many as there are by default.")
    var tolerate: Int?
    @Option(help: "Rounds; the last five count.") var rounds = 30
    @Option(help: "How data are shared out: iid, dirichlet:A or labels:K; several with commas.")
    var partition = "iid,dirichlet:0.3"
    @Option(help: "mlp (64-64-10) or softmax.") var model = Architecture.mlp
    @Option(help: "Seeds to average over: 1, 2, …") var seeds = 5
    @Option(help: "Rules, separated by commas; all by default.") var rules = ""
    @Option(help: "standard, further, unseen, all, or names with commas, such as ipm3@10.")
    var attacks = "standard"
    @Option(help: "text, markdown or json.") var format = Format.text
    @Option(help: "Where to write the heat map.") var svg: String?
    @Option(help: "How many runs at once.") var jobs = ProcessInfo.processInfo.activeProcessorCount
    @Flag(help: "Instead: how well attackers are told from the others, in members and rounds.")
    var detect = false

    func validate() throws {
        guard members > 1, members <= 100, byzantine >= 0, 2 * byzantine < members else {
            throw ValidationError("need 2 to 100 members and fewer than half of them Byzantine")
        }
        if let tolerate, tolerate < 0 || 2 * tolerate >= members {
            throw ValidationError("rules can expect 0 to \((members - 1) / 2) attackers")
        }
        guard rounds > 0, rounds <= 1_000, seeds > 0, seeds <= 100 else {
            throw ValidationError("need 1 to 1000 rounds and 1 to 100 seeds")
        }
        guard jobs > 0, jobs <= 64 else { throw ValidationError("need 1 to 64 jobs") }
        _ = try partitions()
        _ = try chosenRules()
        _ = try chosenAttacks()
    }

    func run() async throws {
        let attacks = try chosenAttacks()
        if detect { return try await detection(of: attacks) }
        let rules = try chosenRules()
        var tables: [StudyTable] = []
        for partition in try partitions() {
            let study = Study(
                trials: try trials(partition), rules: rules, attacks: attacks,
                title: title(partition))
            tables.append(try await study.table(jobs: jobs) { complain("\($0): done") })
        }
        switch format {
        case .text: print(tables.map { $0.text }.joined(separator: "\n\n"))
        case .markdown: print(tables.map { $0.markdown }.joined(separator: "\n\n"))
        case .json: print(try StudyReport(of: self, tables: tables).json)
        }
        try draw(tables)
    }

    private func detection(of attacks: [any Attack]) async throws {
        var tables: [DetectionTable] = []
        for partition in try partitions() {
            let study = DetectionStudy(
                trials: try trials(partition), attacks: attacks, title: title(partition),
                honestCount: members - byzantine, tolerated: tolerated)
            tables.append(try await study.table(jobs: jobs))
        }
        switch format {
        case .text, .markdown: print(tables.map { $0.markdown }.joined(separator: "\n\n"))
        case .json: throw ValidationError("--detect prints text or markdown")
        }
    }

    private func draw(_ tables: [StudyTable]) throws {
        guard let svg else { return }
        do {
            try HeatMap(tables: tables).svg.write(toFile: svg, atomically: true, encoding: .utf8)
        } catch {
            throw ValidationError("cannot write \(svg): \(error.localizedDescription)")
        }
    }

    private func complain(_ line: String) {
        FileHandle.standardError.write(Data("\(line)\n".utf8))
    }
}

// What the options mean.
extension PoisoningStudy {
    var tolerated: Int { tolerate ?? byzantine }

    func partitions() throws -> [Partition] {
        try partition.split(separator: ",").map { text in
            do throws(PartitionError) {
                return try Partition(parsing: String(text))
            } catch {
                throw ValidationError(error.description)
            }
        }
    }

    func title(_ partition: Partition) -> String {
        "\(partition), \(model.rawValue), \(byzantine) of \(members) Byzantine, "
            + "\(rounds) rounds, \(seeds) seeds"
    }

    private func trials(_ partition: Partition) throws -> [PoisoningTrial] {
        try (1...seeds).map { seed in
            var setting = PoisoningTrial.Setting()
            setting.memberCount = members
            setting.byzantineCount = byzantine
            setting.roundCount = rounds
            setting.partition = partition
            setting.seed = UInt64(seed)
            if model == .softmax {
                setting.hiddenWidth = nil
                // The loss is convex and the start is zero, so that larger steps are safe.
                setting.training.learningRate = 0.5
            }
            return try PoisoningTrial(setting)
        }
    }

    private func chosenRules() throws -> [any AggregationRule] {
        let known = StudyRules.all(tolerating: tolerated)
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
        case "unseen": return AttackCatalogue.unseen
        case "all": return AttackCatalogue.all
        default:
            return try attacks.split(separator: ",").map { name in
                guard let attack = AttackCatalogue.named(String(name)) else {
                    let names = AttackCatalogue.all.map(\.name).joined(separator: ", ")
                    throw ValidationError("no attack \"\(name)\"; there are \(names)")
                }
                return attack
            }
        }
    }
}
