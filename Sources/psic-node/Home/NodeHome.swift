/// A node's directory and what lies in it.
struct NodeHome: Sendable, Equatable {
    /// The directory, from the root.
    let path: String

    /// The identity key.
    var keyPath: String { "\(path)/identity.key" }
    /// Settings.
    var configurationPath: String { "\(path)/config.toml" }
    /// Stores of the node's services.
    var storePath: String { "\(path)/store" }

    /// The home in `path`, which is from the root.
    init(path: String) { self.path = path }

    /// The home that a command is about: `--home`, else `PSIC_HOME`, else the user's default, which
    /// has the instance in its name so that instances do not meet in one directory.
    init(
        flag: String?, environment: [String: String], instance: Int? = nil
    ) throws(CommandError) {
        let userHome = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 }
        let given = flag ?? environment["PSIC_HOME"].flatMap { $0.isEmpty ? nil : $0 }
        let chosen: String
        if let given {
            guard !given.isEmpty, !given.utf8.contains(0) else {
                throw CommandError(.usage, "--home needs a directory")
            }
            chosen = given
        } else {
            guard let userHome else {
                throw CommandError(
                    .configuration, "neither PSIC_HOME nor HOME is set",
                    hint: "name a directory with --home")
            }
            let number = instance ?? environment["PSIC_INSTANCE"].flatMap { Int($0) } ?? 0
            chosen = "\(userHome)/.local/share/psic" + (number > 0 ? "-\(number)" : "")
        }
        path = FileSystem.absolute(
            chosen, workingDirectory: FileSystem.workingDirectory, userHome: userHome)
    }

    /// Makes the directory, for the user alone, where there is none.
    func create() throws(CommandError) {
        do throws(SystemFailure) {
            switch try FileSystem.kind(of: path) {
            case .absent: try FileSystem.createPrivateDirectory(path)
            case .file:
                throw SystemFailure(operation: "\(path) is a file", code: Self.notADirectory)
            // A link to a directory is the user's own choice.
            case .directory, .other: break
            }
        } catch {
            throw CommandError(
                .dataDirectory, "\(error)", hint: "name another directory with --home")
        }
    }

    /// Whether there is an identity.
    var isInitialized: Bool { (try? FileSystem.kind(of: keyPath)) == .file }

    /// Reads `config.toml`; an absent one is an empty one.
    func readConfiguration() throws(CommandError) -> TOMLDocument {
        let bytes: [UInt8]?
        do throws(SystemFailure) {
            bytes = try FileSystem.read(configurationPath, limit: TOMLDocument.maximumBytes)
        } catch {
            // That the home itself is no directory is reported by whoever needs it.
            if error.code == Self.notADirectory { return TOMLDocument() }
            throw CommandError(
                .configuration, "\(error)", hint: "make the file readable or remove it")
        }
        guard let bytes else { return TOMLDocument() }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError(.configuration, "\(configurationPath) is not UTF-8 text")
        }
        do throws(TOMLError) {
            return try TOMLDocument(text)
        } catch {
            throw CommandError(.configuration, "\(configurationPath): \(error)")
        }
    }
}

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension NodeHome {
    private static let notADirectory = ENOTDIR
}
