import Foundation
import Testing

/// The official packs, read where `PSIC_ETHEREUM_VECTORS` says they lie; never part of the package.
enum EthereumVectors {
    static let directory = ProcessInfo.processInfo.environment["PSIC_ETHEREUM_VECTORS"]

    /// Whether all cases run instead of a sample that takes seconds without optimisation.
    static let isComplete =
        ProcessInfo.processInfo.environment["PSIC_ETHEREUM_VECTORS_ALL"] != nil

    static func path(_ pack: String) -> String? {
        guard let directory else { return nil }
        let path = directory + "/" + pack + ".jsonl.gz"
        return FileManager.default.isReadableFile(atPath: path) ? path : nil
    }

    /// A condition for tests that need a pack: without it they are skipped, and counted so.
    static func needs(_ pack: String) -> ConditionTrait {
        .enabled(
            if: path(pack) != nil,
            "PSIC_ETHEREUM_VECTORS names no directory with \(pack).jsonl.gz")
    }

    /// The lines of a pack, one test each.
    static func lines(_ pack: String) throws -> [Data] {
        let path = try #require(Self.path(pack))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return bytes.split(separator: 10)
    }

    /// A sample that is spread over the pack, or all of it.
    static func sample(_ pack: String, every step: Int, below bytes: Int) throws -> [Data] {
        let lines = try Self.lines(pack)
        if isComplete { return lines }
        return lines.enumerated().filter { $0.offset % step == 0 && $0.element.count < bytes }
            .map(\.element)
    }

    /// The entry `test` of a line, as JSON.
    static func entry(_ line: Data) throws -> (name: String, file: String, test: [String: Any]) {
        let object = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
        return (
            object["name"] as? String ?? "", object["file"] as? String ?? "",
            object["test"] as? [String: Any] ?? object
        )
    }
}
