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

    @Option(help: "A release psic-node, whose JSON-RPC is loaded while it makes blocks.")
    var node: String?

    func run() async throws {
        try? FileManager.default.removeItem(atPath: directory)
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var report = Report()
        report.transfersPerBlock = block
        report.blocks = blocks
        if block > 0, blocks > 0 {
            let transfers = try Transfers(block: block, blocks: blocks)
            let encoded = try await transfers.produce(in: directory + "/a", into: &report)
            try await transfers.follow(encoded, in: directory + "/b", into: &report)
            try await transfers.followInParallel(encoded, in: directory + "/p", into: &report)
        }
        if accounts > 0 {
            try await LargeState(accounts: accounts, touched: touched)
                .run(in: directory + "/c", into: &report)
        }
        if let node {
            try RPCUnderLoad(node: node, directory: directory + "/node").run(into: &report)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(report), as: UTF8.self))
    }
}

/// The figures.
struct Report: Codable {
    var transfersPerBlock = 0
    var blocks = 0
    /// From bytes to the disk: recovery, execution, roots, commit.
    var transfersPerSecond = 0.0
    /// The same by CPU time of the process: what one core does.
    var transfersPerCPUSecond = 0.0
    var recoveryMicroseconds = 0.0
    var buildMicroseconds = 0.0
    var commitMicroseconds = 0.0
    /// Blocks of others: decoded with recovery, executed, checked, committed.
    var importedTransfersPerSecond = 0.0
    var importedTransfersPerCPUSecond = 0.0
    var importedBlocksPerSecond = 0.0
    /// The same with recovery spread over all cores, the next block's beside this one's execution.
    var parallelImportedTransfersPerSecond = 0.0
    var accounts = 0
    var genesisSeconds = 0.0
    var genesisCPUSeconds = 0.0
    var diskBytes = 0
    /// Before the chain was opened anew: with what making it has left.
    var genesisMemory = Memory()
    /// Of the chain alone, opened anew, after all blocks.
    var memory = Memory()
    var touchedPerBlock = 0
    /// Execution of half as many transfers.
    var largeBuildMilliseconds = 0.0
    /// The part of building that the state's root takes.
    var largeRootMilliseconds = 0.0
    var largeCommitMilliseconds = 0.0
    /// Load while blocks are made.
    var rpc: [RPCUnderLoad.Row] = []
    /// What went into the blocks meanwhile.
    var rpcTransfersPerSecond = 0.0
}

/// What a process has in RAM.
struct Memory: Codable {
    /// Its own: heap and stacks.
    var anonymousBytes = 0
    /// Pages of files, which the system may take back at any time: here those of the store's map.
    var fileBytes = 0

    static var now: Memory {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
            return Memory()
        }
        func bytes(_ name: String) -> Int {
            let line = text.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
            return (Int(line.filter(\.isNumber)) ?? 0) << 10
        }
        return Memory(anonymousBytes: bytes("RssAnon:"), fileBytes: bytes("RssFile:"))
    }
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
