import ArgumentParser
import Logging

/// The flags that every command has.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The node's directory. Also PSIC_HOME; default: ~/.local/share/psic.", valueName: "dir")
    )
    var home: String?

    @Option(help: "Form of the data on standard output: text or json. Also PSIC_FORMAT.")
    var format: Output.Format?

    @Option(
        help: "Least level of log lines: trace, debug, info, notice, warning, error, critical.")
    var logLevel: Logger.Level?

    @Option(help: "Form of log lines on standard error: text or json.")
    var logFormat: LogFormat?

    @Flag(help: "No colours. Also NO_COLOR.")
    var noColor = false

    @Option(help: ArgumentHelp("How long the command may take.", valueName: "seconds"))
    var timeout: Double?

    @Option(
        help: ArgumentHelp(
            "Shifts the default ports by ten times this, for several nodes on one machine.",
            valueName: "n"))
    var instance: Int?

    func validate() throws {
        if let timeout, !(timeout > 0 && timeout <= Double(CommonSettings.maximumTimeoutSeconds)) {
            throw ValidationError(
                "--timeout must be above 0 and at most \(CommonSettings.maximumTimeoutSeconds)")
        }
        if let instance, !(0...DefaultPort.maximumInstance).contains(instance) {
            throw ValidationError(
                "--instance must be between 0 and \(DefaultPort.maximumInstance)")
        }
    }
}

extension Output.Format: ExpressibleByArgument {}
extension LogFormat: ExpressibleByArgument {}
extension Logger.Level: @retroactive ExpressibleByArgument {}
