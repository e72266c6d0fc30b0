import ArgumentParser
import FedLearn

/// How a training task is described on the command line.
struct TaskOptions: ParsableArguments {
    /// Rounds of a task, at most.
    static let maximumRounds = 10_000

    @Option(help: "Number of rounds, 1 to 10000.")
    var rounds = 20

    @Option(
        help: ArgumentHelp(
            "How the data are dealt out: iid, dirichlet:A with a concentration A above 0 "
                + "(small: each peer sees few classes), or labels:K with K classes a peer.",
            valueName: "iid|dirichlet:A|labels:K"))
    var partition = Partition.iid

    @Option(help: "The model: softmax or mlp.")
    var model = FederationTask.ModelKind.mlp

    @Option(
        help: ArgumentHelp(
            "How updates are combined: weightedMean, median, trimmedMean, krum, multiKrum, bulyan, "
                + "geometricMedian, smoothedGeometricMedian, centeredClipping, meanAroundMedian, "
                + "divideAndConquer or anchoredMean; nnm+ or bucketing+ may stand in front.",
            valueName: "name"))
    var rule = RuleChoice.weightedMean.name

    @Option(help: "How many members may send whatever they like; what the rule is to tolerate.")
    var byzantine = 0

    @Option(
        help: ArgumentHelp(
            "How updates are sent: none, rank:R, or all, largest:P or mask:P (P in percent) with "
                + "+exact, +bytes, +steps:N or +signs, such as mask:48+bytes.",
            valueName: "codec"))
    var compression = UpdateCompression.none

    @Option(
        help: ArgumentHelp(
            "How the model moves: plain, fedAvgM, fedAdagrad, fedAdam, fedYogi or reptile.",
            valueName: "step"))
    var server = ServerStepChoice.plain

    @Option(help: "Seed of everything random in the training.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Pause before each round.", valueName: "ms", visibility: .hidden))
    var roundPause = 0

    func validate() throws {
        guard (1...Self.maximumRounds).contains(rounds) else {
            throw ValidationError("--rounds must be between 1 and \(Self.maximumRounds)")
        }
        guard model != .custom else {
            throw ValidationError(
                "--model custom needs code of yours (see Examples/CustomTask): softmax or mlp")
        }
        do throws(RuleChoiceError) {
            _ = try RuleChoice(rule, maximumFaults: byzantine)
        } catch {
            throw ValidationError("--rule, --byzantine: \(error)")
        }
        guard (0...60_000).contains(roundPause) else {
            throw ValidationError("--round-pause must be between 0 and 60000 milliseconds")
        }
    }
}

extension FederationTask.ModelKind: ExpressibleByArgument {
    /// Those that need no code.
    public static var allValueStrings: [String] { ["softmax", "mlp"] }
}

extension ServerStepChoice: ExpressibleByArgument {}

extension UpdateCompression: ExpressibleByArgument {
    /// Reads the text form.
    public init?(argument: String) {
        guard let compression = try? UpdateCompression(parsing: argument) else { return nil }
        self = compression
    }

    /// As it is written on the command line.
    public var defaultValueDescription: String { description }
}

extension Partition: ExpressibleByArgument {
    /// Reads `iid` or `dirichlet:A`.
    public init?(argument: String) {
        guard let partition = try? Partition(parsing: argument) else { return nil }
        self = partition
    }

    /// As it is written on the command line.
    public var defaultValueDescription: String { description }
}
