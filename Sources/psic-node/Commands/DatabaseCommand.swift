import ArgumentParser
import Ledger

/// `psic-node db …`.
struct DatabaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db", abstract: "Look after the ledger's data in the home.",
        discussion: "The node must not run: one process at a time has the data open.",
        subcommands: [
            DatabaseStatsCommand.self, DatabaseCheckCommand.self, DatabaseBackupCommand.self,
            DatabaseRestoreCommand.self, DatabaseCompactCommand.self,
        ])
}

extension NodeHome {
    /// The ledger's store.
    var ledgerPath: String { "\(path)/ledger" }
    /// The store of `run --dev`.
    var developmentLedgerPath: String { "\(path)/dev-chain" }
}

/// Which of a home's two ledgers a command means.
struct DatabaseOptions: ParsableArguments {
    @Flag(help: "The development chain's data, those of `run --dev`.")
    var dev = false

    /// Where it is.
    func path(in home: NodeHome) -> String {
        dev ? home.developmentLedgerPath : home.ledgerPath
    }

    /// Opens the store, which must be there.
    func open(in home: NodeHome) throws -> LedgerStore {
        let path = path(in: home)
        guard try FileSystem.kind(of: path + "/data.mdb") != .absent else {
            throw CommandError(
                .failure, "\(path) holds no ledger",
                hint: dev ? "name the home with --home" : "--dev means that of run --dev")
        }
        return try LedgerStore(at: path)
    }
}

/// `psic-node db stats`.
struct DatabaseStatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Say what the ledger's data take.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var database: DatabaseOptions

    /// The answer.
    struct Report: Codable, Equatable {
        struct Table: Codable, Equatable {
            var name: String
            var entries: Int
            var bytes: Int
            var depth: Int
        }
        var head: UInt64
        var hash: String
        var oldestState: UInt64
        var chainID: UInt64
        var usedBytes: Int
        var freeBytes: Int
        var maximumBytes: Int
        var tables: [Table]
    }

    func run() throws {
        let session = try Session(global)
        let chain = try ChainStore(database.open(in: session.home))
        let statistics = try chain.store.statistics()
        let view = try chain.view()
        let report = Report(
            head: view.headNumber, hash: view.headHash.description,
            oldestState: try view.oldestState(), chainID: chain.genesis.chainID,
            usedBytes: statistics.usedBytes, freeBytes: statistics.freeBytes,
            maximumBytes: statistics.maximumBytes,
            tables: statistics.tables.map {
                .init(name: $0.name, entries: $0.entries, bytes: $0.bytes, depth: $0.depth)
            })
        session.print(report) {
            var table = TextTable([
                .init("TABLE"), .init("ENTRIES", .right), .init("BYTES", .right),
                .init("DEPTH", .right),
            ])
            for row in report.tables {
                table.add([row.name, "\(row.entries)", "\(row.bytes)", "\(row.depth)"])
            }
            return table.lines + [
                "chain \(report.chainID), head \(report.head) \(report.hash)",
                "state from block \(report.oldestState) on",
                "\(report.usedBytes) bytes in use, \(report.freeBytes) of them free; "
                    + "at most \(report.maximumBytes)",
            ]
        }
    }
}

/// `psic-node db check`.
struct DatabaseCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Look whether the ledger's data are whole.",
        discussion: """
            Computes the roots of all blocks and hashes all trie nodes anew, and compares accounts \
            and slots with them. Every failure is named; the exit code is 10 if there is any.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var database: DatabaseOptions

    @Flag(help: "Also execute all blocks anew from the genesis, in memory.")
    var execute = false

    /// The answer.
    struct Report: Codable, Equatable {
        var head: UInt64
        var blocks: UInt64
        var transactions: Int
        var accounts: Int
        var slots: Int
        var nodes: Int
        var executed: UInt64
        var failures: [String]
    }

    func run() throws {
        let session = try Session(global)
        let chain = try ChainStore(database.open(in: session.home))
        let found = try ChainCheck.run(chain, executing: execute) { progress in
            Output.notice("\(progress.phase.rawValue): \(progress.done) of \(progress.total)")
        }
        let report = Report(
            head: found.head, blocks: found.blocks, transactions: found.transactions,
            accounts: found.accounts, slots: found.slots, nodes: found.nodes,
            executed: found.executed, failures: found.failures)
        session.print(report) {
            report.failures.map { "FAIL " + $0 } + [
                "\(report.blocks) blocks, \(report.transactions) transactions, "
                    + "\(report.accounts) accounts, \(report.slots) slots, \(report.nodes) nodes"
                    + (execute ? ", \(report.executed) blocks executed" : "") + ": "
                    + (report.failures.isEmpty ? "whole" : "\(report.failures.count) failures")
            ]
        }
        if !report.failures.isEmpty {
            throw CommandError(.verification, "the data are damaged", isReported: true)
        }
    }
}

/// `psic-node db backup`.
struct DatabaseBackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the ledger's data to a new file.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var database: DatabaseOptions

    @Argument(help: "The file, which must not be there.")
    var file: String

    /// The answer.
    struct Report: Codable, Equatable {
        var file: String
        var bytes: Int
    }

    func run() throws {
        let session = try Session(global)
        let bytes = try database.open(in: session.home).backup(to: file)
        session.print(Report(file: file, bytes: bytes)) { ["\(file): \(bytes) bytes"] }
    }
}

/// `psic-node db restore`.
struct DatabaseRestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make the ledger's data from a backup.",
        discussion: "Data that are there are never replaced: move them away first.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var database: DatabaseOptions

    @Argument(help: "A file that `db backup` has made.")
    var file: String

    /// The answer.
    struct Report: Codable, Equatable {
        var head: UInt64
        var hash: String
    }

    func run() throws {
        let session = try Session(global)
        try session.home.create()
        try LedgerStore.restore(file, to: database.path(in: session.home))
        let view = try ChainStore(database.open(in: session.home)).view()
        let report = Report(head: view.headNumber, hash: view.headHash.description)
        session.print(report) { ["restored: head \(report.head) \(report.hash)"] }
    }
}

/// `psic-node db compact`.
struct DatabaseCompactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact", abstract: "Give back the space that nothing takes any more.",
        discussion: "Needs room for a second copy while it runs.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var database: DatabaseOptions

    /// The answer.
    struct Report: Codable, Equatable {
        var before: Int
        var after: Int
    }

    func run() throws {
        let session = try Session(global)
        // Looks whether there is one, and lets go of it.
        try database.open(in: session.home).close()
        let sizes = try LedgerStore.compact(at: database.path(in: session.home))
        session.print(Report(before: sizes.before, after: sizes.after)) {
            ["\(sizes.before) bytes before, \(sizes.after) after"]
        }
    }
}
