import ArgumentParser
import FedLearn
import FedLearnAttacks
import Foundation

/// Federated training on the digits, with every choice that the library has.
@main struct FederatedDigits: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "FederatedDigits",
        abstract: "Train one model of the digits by many peers, some of them Byzantine.",
        discussion: """
            In one process, or with --over-peers by real peers on this machine's loopback. Prints a line \
            per round; equal options give equal lines, but for the noise of --privacy dp, which is \
            cryptographic, and for who is in time over peers.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }
    enum Network: String, ExpressibleByArgument, CaseIterable { case mlp, softmax }

    @Option(help: "Peers, 2 to 64.") var peers = 10
    @Option(help: "How many of them attack: the last ones.") var byzantine = 0
    @Option(
        help: ArgumentHelp(
            "What they do: none, signflip1, labelflip, alie1.5, ipm2, nan, inflate, copycat and so "
                + "on; --attack help lists them.", valueName: "name"))
    var attack = "none"
    @Option(
        help: ArgumentHelp("How updates are combined; --rule help lists them.", valueName: "name"))
    var rule = "weightedMean"
    @Option(help: "How many faults the rule tolerates; as many as attack by default.") var faults:
        Int?
    @Option(help: "How data are shared out: iid, dirichlet:A or labels:K.") var partition = "iid"
    @Option(
        help: ArgumentHelp(
            "none; dp:SIGMA,CLIP (each member clips and adds its share of noise); groups:S (secret sums "
                + "in groups of S, the rule across groups); shared (a committee compares and sums "
                + "what it cannot read).", valueName: "level"))
    var privacy = "none"
    @Option(
        help: ArgumentHelp(
            "How updates are sent: none, rank:R, or all, largest:P or mask:P (P in percent) and +exact, "
                + "+bytes, +steps:N or +signs.", valueName: "codec"))
    var compression = "none"
    @Option(help: "How the model moves: plain, fedAvgM, fedAdagrad, fedAdam, fedYogi or reptile.")
    var server = "plain"
    @Option(help: "Rounds, 1 to 1000.") var rounds = 30
    @Option(help: "Seed of everything random.") var seed: UInt64 = 1
    @Option(help: "The model: mlp (64-64-10) or softmax.") var model = Network.mlp
    @Flag(help: "Real peers on loopback instead of one process.") var overPeers = false
    @Option(help: "text or json.") var format = Format.text
    @Option(help: "Where to write the accuracy as a picture.") var svg: String?

    func validate() throws {
        if attack == "help" || rule == "help" { return }
        _ = try settings()
    }

    func run() async throws {
        if attack == "help" { return print(Self.attackNames.joined(separator: "\n")) }
        if rule == "help" { return print(RuleChoice.names.joined(separator: "\n")) }
        let settings = try settings()
        var table = RoundTable(settings: settings)
        let show: (RoundReport) -> Void = { report in
            table.add(report)
            if format == .text { print(table.line(of: report)) }
        }
        if format == .text { print(table.header) }
        if overPeers {
            for report in try await PeerTraining(settings).run() { show(report) }
        } else {
            var training = try LocalTraining(settings)
            for _ in 0..<settings.rounds { show(try training.playRound()) }
        }
        print(format == .text ? table.summary : try table.json())
        if let svg {
            try AccuracyPlot(table).text.write(toFile: svg, atomically: true, encoding: .utf8)
        }
    }

    private static var attackNames: [String] {
        (AttackCatalogue.standard + AttackCatalogue.further).map(\.name)
    }

    /// The options, checked; every error names the option.
    private func settings() throws -> DigitsSettings {
        func checked<Value>(_ option: String, _ body: () throws -> Value) throws -> Value {
            do {
                return try body()
            } catch CompressionError.invalid(let what) {
                throw ValidationError("\(option): \(what)")
            } catch {
                throw ValidationError("\(option): \(error)")
            }
        }
        guard (2...RoundLimits.maximumMembers).contains(peers) else {
            throw ValidationError("--peers \(peers): 2 to \(RoundLimits.maximumMembers)")
        }
        guard byzantine >= 0, byzantine < peers else {
            throw ValidationError("--byzantine \(byzantine): 0 to \(peers - 1) of \(peers) peers")
        }
        guard (1...1_000).contains(rounds) else {
            throw ValidationError("--rounds \(rounds): 1 to 1000")
        }
        guard let attack = AttackCatalogue.named(attack) else {
            let names = Self.attackNames.joined(separator: ", ")
            throw ValidationError("--attack: no attack \"\(attack)\"; there are \(names)")
        }
        guard byzantine == 0 || attack.name != "none" else {
            throw ValidationError("--byzantine \(byzantine) without --attack: what shall they do?")
        }
        let choice = try checked("--rule, --faults") {
            try RuleChoice(rule, maximumFaults: faults ?? byzantine)
        }
        guard let step = ServerStepChoice(rawValue: server) else {
            let names = ServerStepChoice.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--server: no step \"\(server)\"; there are \(names)")
        }
        let level = try checked("--privacy") { try PrivacyChoice(parsing: privacy) }
        let settings = DigitsSettings(
            peers: peers, byzantine: byzantine, attack: attack,
            part: ServerPart(rule: choice, step: step, rounds: rounds, seed: seed),
            partition: try checked("--partition") { try Partition(parsing: partition) },
            privacy: level,
            compression: try checked("--compression") {
                try UpdateCompression(parsing: compression)
            }, rounds: rounds, seed: seed, isSoftmax: model == .softmax)
        try checked("--privacy \(privacy)") { try level.check(settings, overPeers: overPeers) }
        let units = level.unitCount(of: peers)
        try checked("--rule \(rule), \(units) updates") { try choice.check(memberCount: units) }
        return settings
    }
}

/// What is to be played.
struct DigitsSettings {
    var peers: Int
    var byzantine: Int
    var attack: any Attack
    var part: ServerPart
    var partition: Partition
    var privacy: PrivacyChoice
    var compression: UpdateCompression
    var rounds: Int
    var seed: UInt64
    var isSoftmax: Bool

    func makeModel() -> any Model {
        isSoftmax
            ? SoftmaxRegression(featureCount: 64, classCount: 10) : MLP(layerSizes: [64, 64, 10])
    }
}
