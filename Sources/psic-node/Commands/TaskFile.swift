import FedLearn
import PeerKit

/// Training tasks as files: what `--task` reads and `fl create` writes.
enum TaskFile {
    /// Bytes of a file: a roster of thousands.
    static let maximumBytes = 1 << 20

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
        do throws(JSONError) {
            return try JSON.decode(FederationTask.self, from: bytes)
        } catch {
            throw CommandError(.configuration, "\(path) is not a task: \(error)")
        }
    }

    /// The task that the options describe.
    static func make(
        name: String, members: [PeerID], options: TaskOptions
    ) throws(CommandError) -> FederationTask {
        FederationTask(name: name, roster: members, rounds: options.rounds)
    }

    /// Writes a task; a file that exists is left as it is.
    static func write(_ task: FederationTask, to path: String) throws {
        do throws(SystemFailure) {
            try FileSystem.write(try Self.bytes(of: task), to: path, replaces: false, mode: 0o644)
        } catch {
            throw CommandError(
                .failure, "\(error)", hint: "nothing was overwritten; choose another --output")
        }
    }

    private static func bytes(of task: FederationTask) throws(SystemFailure) -> [UInt8] {
        Array((JSON.text(task) + "\n").utf8)
    }

    /// What names the task.
    static func identifier(of task: FederationTask) -> String { task.name }

    /// The service that works on the task.
    static func service(_ task: FederationTask, pause: Duration) -> FederatedLearning {
        FederatedLearning(task: task)
    }
}
