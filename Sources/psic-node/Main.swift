import ArgumentParser
import PeerKit

/// Parses, runs, and ends with the code that ``ExitStatus`` promises.
@main
enum Main {
    static func main() async {
        Runtime.tuneAllocatorForThroughput()
        let arguments = Arguments.globalsLast(Array(CommandLine.arguments.dropFirst()))
        end(await status(of: arguments))
    }

    /// Off the main actor, where every call of an actor would cost a change of threads.
    @concurrent
    private nonisolated static func status(of arguments: [String]) async -> ExitStatus {
        let format = Arguments.format(in: arguments, environment: Environment.variables)
        do {
            var command = try PsicNode.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return .success
        } catch {
            guard let failure = Arguments.failure(for: error, arguments: arguments) else {
                return .success
            }
            Output.report(failure, as: format)
            return failure.status
        }
    }

    private static func end(_ status: ExitStatus) -> Never { leave(status.rawValue) }
}

/// What becomes of arguments that cannot be parsed.
enum Arguments {
    /// Lets the flags that every command has stand before the command too, as in
    /// `psic-node --home DIR id`: the parser knows them after it only.
    static func globalsLast(_ arguments: [String]) -> [String] {
        var rest = arguments[...]
        var globals: [String] = []
        while let first = rest.first {
            if first == "--no-color" || valueFlags.contains(where: { first.hasPrefix($0 + "=") }) {
                globals.append(first)
                rest = rest.dropFirst()
            } else if valueFlags.contains(first), rest.count >= 2 {
                globals += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else {
                break
            }
        }
        // Without a command they are left for the parser to complain about.
        return rest.isEmpty ? arguments : rest + globals
    }

    private static let valueFlags = [
        "--home", "--format", "--log-level", "--log-format", "--timeout", "--instance",
    ]

    /// The error to report, or `nil` when help or a version was asked for, which is then printed.
    static func failure(for error: any Error, arguments: [String]) -> CommandError? {
        let code = PsicNode.exitCode(for: error)
        if code == .success {
            Output.data(PsicNode.fullMessage(for: error))
            return nil
        }
        // The parser's own code for usage errors is EX_USAGE; anything else was thrown by a command.
        guard code == .validationFailure else { return CommandError(wrapping: error) }
        let command = arguments.prefix { !$0.hasPrefix("-") }.prefix(2).joined(separator: " ")
        return CommandError(
            .usage, PsicNode.message(for: error),
            hint: "psic-node \(command.isEmpty ? "" : command + " ")--help")
    }

    /// The form of output that was asked for, as far as arguments that may be wrong tell.
    static func format(in arguments: [String], environment: [String: String]) -> Output.Format {
        for (index, argument) in arguments.enumerated() {
            if argument == "--format", index + 1 < arguments.count {
                return Output.Format(rawValue: arguments[index + 1]) ?? .text
            }
            if argument.hasPrefix("--format=") {
                return Output.Format(rawValue: String(argument.dropFirst(9))) ?? .text
            }
        }
        return environment[SettingKeys.format.variable].flatMap(Output.Format.init) ?? .text
    }
}
