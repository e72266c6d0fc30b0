import ArgumentParser
import Foundation
import Ledger

/// Measures the ledger: transfers from bytes to the disk, import, and a state of many accounts.
@main struct LedgerBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "LedgerBench",
        abstract: "Measure the ledger, durable commits included; prints one JSON object.")

    @Option(help: "Where the data go; its disk is part of what is measured.")
    var directory: String = NSTemporaryDirectory() + "ledger-bench"

    @Option(help: "Transfers in a block.")
    var block = 5000

    @Option(help: "Blocks.")
    var blocks = 10

    @Option(help: "Accounts of the large state; 0 to leave it out.")
    var accounts = 1_000_000

    @Option(help: "Accounts that a block touches there.")
    var touched = 10_000

    func run() async throws {
        try? FileManager.default.removeItem(atPath: directory)
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var report = Report()
        let transfers = try Transfers(block: block, blocks: blocks)
        let encoded = try await transfers.produce(in: directory + "/a", into: &report)
        try await transfers.follow(encoded, in: directory + "/b", into: &report)
        if accounts > 0 {
            try await LargeState(accounts: accounts, touched: touched)
                .run(in: directory + "/c", into: &report)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(report), as: UTF8.self))
    }
}

/// The figures.
struct Report: Codable {
    /// From bytes to the disk: recovery, execution, roots, commit.
    var transfersPerSecond = 0.0
    /// The same by CPU time of the process: what one core does.
    var transfersPerCPUSecond = 0.0
    var recoveryMicroseconds = 0.0
    var buildMicroseconds = 0.0
    var commitMicroseconds = 0.0
    /// Blocks of others: decoded with recovery, executed, checked, committed.
    var importedTransfersPerSecond = 0.0
    var importedBlocksPerSecond = 0.0
    var accounts = 0
    var genesisSeconds = 0.0
    var diskBytes = 0
    var residentBytes = 0
    var touchedPerBlock = 0
    var largeBuildMilliseconds = 0.0
    var largeCommitMilliseconds = 0.0
}

/// CPU time of the process, in seconds.
func processTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Wall time, in seconds.
func wallTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The memory of the process, in bytes.
func residentBytes() -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}
