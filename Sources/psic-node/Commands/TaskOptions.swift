import ArgumentParser

/// How a training task is described on the command line.
struct TaskOptions: ParsableArguments {
    /// Rounds of a task, at most.
    static let maximumRounds = 10_000

    @Option(help: "Number of rounds, 1 to 10000.")
    var rounds = 20

    @Option(
        help: ArgumentHelp(
            "How the data are dealt out: iid, or dirichlet:A with a concentration A above 0 "
                + "(small: each peer sees few classes).", valueName: "iid|dirichlet:A"))
    var partition = PartitionChoice.iid

    @Option(help: "The model: softmax or mlp.")
    var model = ModelChoice.mlp

    @Option(help: "Seed of everything random in the training.")
    var seed: UInt64 = 1

    func validate() throws {
        guard (1...Self.maximumRounds).contains(rounds) else {
            throw ValidationError("--rounds must be between 1 and \(Self.maximumRounds)")
        }
    }
}

/// `--model`.
enum ModelChoice: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
    case softmax
    case mlp
}

/// `--partition`.
enum PartitionChoice: Equatable, Sendable, ExpressibleByArgument, CustomStringConvertible {
    case iid
    case dirichlet(concentration: Double)

    init?(argument: String) {
        if argument == "iid" {
            self = .iid
            return
        }
        let prefix = "dirichlet:"
        guard argument.hasPrefix(prefix), let value = Double(argument.dropFirst(prefix.count)),
            value > 0, value <= 1e6
        else { return nil }
        self = .dirichlet(concentration: value)
    }

    var description: String {
        switch self {
        case .iid: "iid"
        case .dirichlet(let concentration): "dirichlet:\(concentration)"
        }
    }

    var defaultValueDescription: String { description }
}

extension PartitionChoice: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let choice = PartitionChoice(argument: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected \"iid\" or \"dirichlet:A\"")
        }
        self = choice
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
