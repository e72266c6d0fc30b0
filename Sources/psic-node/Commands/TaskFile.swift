import FedLearn
import PeerKit

/// Training tasks as files: what `--task` reads and `fl create` writes.
enum TaskFile {
    /// Bytes of a file: a full roster has five thousand.
    static let maximumBytes = 65_536

    /// Reads and checks a task.
    static func read(_ path: String) throws(CommandError) -> FederationTask {
        let bytes: [UInt8]?
        do throws(SystemFailure) {
            bytes = try FileSystem.read(path, limit: maximumBytes)
        } catch {
            throw CommandError(.configuration, "\(error)")
        }
        guard let bytes else {
            throw CommandError(
                .configuration, "there is no task file \(path)",
                hint: "make one: psic-node fl create --peers ID,ID,… --output \(path)")
        }
        do throws(FederationTaskError) {
            return try FederationTask(json: bytes)
        } catch {
            throw CommandError(
                .configuration, "\(path): \(error)",
                hint: "psic-node fl create writes a task that is in order")
        }
    }

    /// The task that the options describe.
    static func make(
        name: String, members: [PeerID], options: TaskOptions
    ) throws(CommandError) -> FederationTask {
        let rule: RuleChoice
        do throws(RuleChoiceError) {
            rule = try RuleChoice(options.rule, maximumFaults: options.byzantine)
        } catch {
            throw CommandError(.usage, "\(error)")
        }
        do throws(FederationTaskError) {
            return try FederationTask(
                name: name, members: members.map(\.description), rounds: options.rounds,
                model: options.model, partition: options.partition, seed: options.seed,
                pauseMilliseconds: options.roundPause, rule: rule,
                compression: options.compression, server: options.server)
        } catch {
            throw CommandError(.usage, "\(error)")
        }
    }

    /// Writes a task; a file that exists is left as it is.
    static func write(_ task: FederationTask, to path: String) throws(CommandError) {
        do throws(SystemFailure) {
            try FileSystem.write(task.json, to: path, replaces: false, mode: 0o644)
        } catch {
            throw CommandError(
                .failure, "\(error)", hint: "nothing was overwritten; choose another --output")
        }
    }
}
