import Foundation
import Ledger

/// Lets a chain run out of disk, for real: what was committed must stay, the error must say what is
/// wrong, and with room again the chain must go on.
///
/// On a file system of 8 MiB where this may mount one (root), and under a limit of the file's size
/// (`RLIMIT_FSIZE`), which everybody may set for a child.
struct FullDisk {
    private let directory: String

    /// The file system's size, and the limit.
    private static let bytes = 8 << 20

    init(directory: String) throws {
        self.directory = directory
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
    }

    func run() async throws {
        try await underLimit()
        try onSmallFileSystem()
    }

    // MARK: A limit of the file's size

    private func underLimit() async throws {
        let path = directory + "/limited"
        let output = try run(
            "/bin/sh",
            [
                // In blocks of 512 bytes. The signal would end the process before write fails.
                "-c", "trap '' XFSZ; ulimit -f \(Self.bytes / 512); exec \"$0\" --fill \"$1\"",
                CommandLine.arguments[0], path,
            ])
        let blocks = try Self.filled(output)
        // Without the limit it opens and goes on.
        let workload = try Fill(path)
        guard try workload.head == blocks else {
            throw Wrong("\(blocks) blocks were durable, \(try workload.head) are there")
        }
        try workload.check()
        try await workload.add(blocks: 3)
        print("LedgerCrash: file limit of 8 MiB: \(blocks) blocks, then full, then on")
    }

    // MARK: A small file system

    private func onSmallFileSystem() throws {
        let path = directory + "/small"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let mount = "mount -t tmpfs -o size=\(Self.bytes),mode=700 psic \"$1\""
        guard
            (try? run("/usr/bin/unshare", ["-m", "/bin/sh", "-c", mount, "sh", path])) != nil
        else {
            print("LedgerCrash: SKIPPED: a full file system, as nothing can be mounted here")
            return
        }
        let output = try run(
            "/usr/bin/unshare",
            [
                // What makes room later stands beside the chain.
                "-m", "/bin/sh", "-c",
                mount + " && head -c 2000000 /dev/zero > \"$1/ballast\" && exec \"$0\" --fill "
                    + "\"$1/ledger\" --ballast \"$1/ballast\"",
                CommandLine.arguments[0], path,
            ])
        print(
            "LedgerCrash: file system of 8 MiB: \(try Self.filled(output)) blocks, then full, "
                + "opened, read, then on")
    }

    /// What a child that filled the disk says: how many blocks were durable.
    private static func filled(_ output: String) throws -> UInt64 {
        let line = output.split(separator: "\n").last { $0.hasPrefix("full after ") }
        guard let number = line.flatMap({ UInt64($0.dropFirst("full after ".count)) }), number > 0
        else { throw Wrong("a child said: \(output)") }
        return number
    }

    private func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(
            decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw Wrong("\(program) \(process.terminationStatus): \(output)")
        }
        return output
    }
}

/// The child's part: blocks until the disk is full.
struct Fill {
    private let chain: Chain

    /// A chain whose file grows by little at a time, so that it meets the limit by its content.
    init(_ path: String) throws {
        var limits = LedgerStoreLimits()
        limits.headroomBytes = 1 << 20
        chain = try Chain(
            at: path, genesis: Workload.genesis, history: Workload.history, limits: limits)
    }

    var head: UInt64 { get throws { try chain.view().headNumber } }

    func check() throws {
        let failures = try ChainCheck.run(chain.store).failures
        guard failures.isEmpty else { throw Wrong("\(failures)") }
    }

    /// Makes blocks of 20 KB each.
    func add(blocks: Int) async throws {
        for _ in 0..<blocks {
            let key = try Secp256k1PrivateKey(bytes: UInt256(1).bytes)
            let sender = Address(key.publicKey)
            var transaction = Transaction(.dynamicFee)
            transaction.nonce = try chain.state(at: .latest).account(sender)?.nonce ?? 0
            transaction.gasLimit = 1_000_000
            transaction.to = Address(truncating: UInt256(UInt64(0x9000) + transaction.nonce))
            transaction.input = [UInt8](repeating: 1, count: 20_000)
            let built = try await chain.buildBlock(
                from: [transaction.signed(by: key, chainID: 7)], timestamp: 0,
                beneficiary: Address(truncating: 0xbe))
            guard built.refused.isEmpty else { throw Wrong("refused: \(built.refused)") }
            try await chain.importBlock(built.block)
        }
    }

    /// Fills the disk, and looks at the chain while it is full.
    ///
    /// - Parameter ballast: A file whose removal makes room; without one nothing does.
    static func run(in path: String, ballast: String?) async throws {
        let blocks = try await fill(path, times: 2)
        if let ballast {
            // Opened while nothing can be written.
            try await reopened(path, expecting: blocks) { _ in }
            try FileManager.default.removeItem(atPath: ballast)
            try await reopened(path, expecting: blocks) { try await $0.add(blocks: 3) }
        }
        print("full after \(blocks)")
    }

    private static func fill(_ path: String, times: Int) async throws -> UInt64 {
        let filling = try Fill(path)
        var blocks: UInt64 = 0
        for _ in 0..<times {
            do {
                while true {
                    try await filling.add(blocks: 1)
                    blocks += 1
                }
            } catch BlockError.store(.storage(.noSpace)) {
                guard try filling.head == blocks else {
                    throw Wrong("\(blocks) blocks, the head is \(try filling.head)")
                }
            }
        }
        await filling.chain.close()
        return blocks
    }

    private static func reopened(
        _ path: String, expecting blocks: UInt64, _ body: (Fill) async throws -> Void
    ) async throws {
        let filling = try Fill(path)
        guard try filling.head == blocks else {
            throw Wrong("\(blocks) blocks were durable, \(try filling.head) are there")
        }
        try filling.check()
        try await body(filling)
        await filling.chain.close()
    }
}
