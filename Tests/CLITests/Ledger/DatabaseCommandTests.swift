import Foundation
import Ledger
import Testing

@testable import psic_node

@Suite("psic-node db") struct DatabaseCommandTests {
    private let home = NSTemporaryDirectory() + "psic-db-\(UUID().uuidString)"

    private func run(_ words: String...) throws -> CommandError? {
        let arguments = ["db"] + words + ["--home", home]
        var command = try #require(try PsicNode.parseAsRoot(arguments) as? any DatabaseTestable)
        do {
            try command.run()
            return nil
        } catch {
            return CommandError(wrapping: error)
        }
    }

    private func makeLedger() throws {
        try FileManager.default.createDirectory(
            atPath: home, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        var genesis = Genesis(chainID: 5)
        genesis.allocations[.zero] = .init(balance: 1)
        _ = try ChainStore(LedgerStore(at: home + "/ledger"), genesis: genesis)
    }

    @Test("a home without a ledger is said to have none, and gets none") func absent() throws {
        for command in ["stats", "check", "compact"] {
            #expect(try run(command)?.status == .failure)
        }
        #expect(!FileManager.default.fileExists(atPath: home + "/ledger"))
    }

    @Test("a whole ledger is checked, backed up, compacted and restored") func whole() throws {
        defer { try? FileManager.default.removeItem(atPath: home) }
        try makeLedger()
        #expect(try run("stats") == nil)
        #expect(try run("check", "--execute") == nil)
        #expect(try run("compact") == nil)
        let file = home + "/backup"
        #expect(try run("backup", file) == nil)
        #expect(try run("backup", file)?.status == .dataDirectory)
        #expect(try run("restore", file)?.status == .dataDirectory)
        try FileManager.default.removeItem(atPath: home + "/ledger")
        #expect(try run("restore", file) == nil)
        #expect(try run("check") == nil)
    }

    @Test("a ledger in use is left alone") func locked() throws {
        defer { try? FileManager.default.removeItem(atPath: home) }
        try makeLedger()
        let store = try LedgerStore(at: home + "/ledger")
        #expect(try run("check")?.status == .dataDirectory)
        withExtendedLifetime(store) {}
    }

    @Test("a damaged ledger is refused with the code for it") func damaged() throws {
        defer { try? FileManager.default.removeItem(atPath: home) }
        try makeLedger()
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: home + "/ledger/data.mdb"))
        #expect(try run("check")?.status == .dataDirectory)
    }
}

/// The commands, which are all run alike.
private protocol DatabaseTestable { mutating func run() throws }
extension DatabaseStatsCommand: DatabaseTestable {}
extension DatabaseCheckCommand: DatabaseTestable {}
extension DatabaseBackupCommand: DatabaseTestable {}
extension DatabaseRestoreCommand: DatabaseTestable {}
extension DatabaseCompactCommand: DatabaseTestable {}
