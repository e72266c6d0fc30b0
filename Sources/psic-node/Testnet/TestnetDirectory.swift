import FedLearn
import PeerKit

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A testnet's files: `testnet.json`, `task.json` and a home for each peer.
struct TestnetDirectory: Sendable {
    static let planName = "testnet.json"
    static let taskName = "task.json"

    /// The directory, from the root.
    let path: String
    /// Whether it was made for this run alone.
    let isTemporary: Bool
    let plan: TestnetPlan
    let peerIDs: [PeerID]
    /// Whether there was a testnet in it already.
    let isResumed: Bool
    /// Held until the testnet ends.
    let lock: HomeLock

    /// The home of a peer.
    func home(_ index: Int) -> NodeHome { Self.home(path, index) }

    private static func home(_ path: String, _ index: Int) -> NodeHome {
        NodeHome(path: "\(path)/peer-\(index)")
    }

    /// What a peer's process prints.
    func logPath(_ index: Int) -> String { "\(home(index).path)/node.log" }

    /// Makes a testnet, or finds the one that is there.
    ///
    /// - Parameter given: Where; `nil`: in a new directory below the system's temporary one.
    /// - Throws: ``CommandError`` when the directory holds anything else, or another testnet than
    ///   the one asked for; nothing is changed then.
    init(given: String?, peers: Int, options: TaskOptions) throws {
        isTemporary = given == nil
        path =
            try given.map {
                FileSystem.absolute(
                    $0, workingDirectory: FileSystem.workingDirectory,
                    userHome: Environment.variables["HOME"])
            } ?? Self.makeTemporaryDirectory()
        let home = NodeHome(path: path)
        if home.isInitialized {
            throw CommandError(
                .configuration, "\(path) is the home of a node",
                hint: "a testnet needs a directory of its own: choose another with --home")
        }
        let found = try Self.readPlan(path)
        if let found, let difference = found.difference(from: options, peers: peers) {
            throw CommandError(
                .configuration, "there is another testnet in \(path): \(difference)",
                hint: "give the same options to go on with it, or choose another directory")
        }
        try home.create()
        do throws(HomeLockError) {
            lock = try HomeLock(directory: path)
        } catch {
            if case .alreadyLocked(let pid) = error {
                throw CommandError(
                    .dataDirectory,
                    "a testnet is running in \(path)" + (pid.map { " (process \($0))" } ?? ""),
                    hint: "stop it first, or choose another directory with --home")
            }
            throw CommandError(error, home: home)
        }
        isResumed = found != nil
        var generator = SystemRandomNumberGenerator()
        plan =
            found
            ?? TestnetPlan(
                peers: peers, options: options, using: &generator, isFree: Self.isFree)
        peerIDs = try Self.prepareHomes(path, plan)
        try Self.prepareTask(path, peerIDs, options)
        // Written last: what has a plan is complete.
        if found == nil { try Self.save(try JSON.bytes(plan), "\(path)/\(Self.planName)") }
    }

    /// Removes everything, if the directory was made for this run.
    func removeIfTemporary() {
        if isTemporary { Self.remove(path) }
    }

    /// Removes a directory with everything in it.
    static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    static func makeTemporaryDirectory() throws(CommandError) -> String {
        let parent = Environment.variables["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(parent)/psic-testnet-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandError(
                .dataDirectory, "\(SystemFailure.last("cannot make a directory in \(parent)"))",
                hint: "name a directory with --home")
        }
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func readPlan(_ path: String) throws(CommandError) -> TestnetPlan? {
        let file = "\(path)/\(planName)"
        let bytes: [UInt8]?
        do throws(SystemFailure) {
            bytes = try FileSystem.read(file, limit: 65_536)
        } catch {
            throw CommandError(.configuration, "\(error)")
        }
        guard let bytes else { return nil }
        let plan: TestnetPlan
        do throws(JSONError) {
            plan = try JSON.decode(TestnetPlan.self, from: bytes)
        } catch {
            throw CommandError(.configuration, "\(file) is damaged: \(error)")
        }
        guard plan.format == TestnetPlan.format,
            (1...TestnetPlan.maximumPeers).contains(plan.peers)
        else { throw CommandError(.configuration, "\(file) has an unknown format") }
        return plan
    }

    private static func prepareHomes(
        _ path: String, _ plan: TestnetPlan
    ) throws -> [PeerID] {
        try (0..<plan.peers).map { index in
            let home = home(path, index)
            if home.isInitialized {
                return PeerIdentity(signer: try KeyFile(path: home.keyPath).load()).peerID
            }
            try home.create()
            try save(Array(plan.configuration.utf8), home.configurationPath)
            return try InitCommand.makeIdentity(in: home).peerID
        }
    }

    private static func prepareTask(
        _ path: String, _ peerIDs: [PeerID], _ options: TaskOptions
    ) throws {
        let file = "\(path)/\(taskName)"
        guard try FileSystem.kind(of: file) == .absent else {
            guard try Set(TaskFile.read(file).members) == Set(peerIDs.map(\.description)) else {
                throw CommandError(
                    .configuration, "\(file) is a task of other peers than those in \(path)",
                    hint: "choose another directory with --home")
            }
            return
        }
        try TaskFile.write(
            try TaskFile.make(name: "testnet", members: peerIDs, options: options), to: file)
    }

    private static func save(_ bytes: [UInt8], _ path: String) throws(CommandError) {
        do throws(SystemFailure) {
            try FileSystem.write(bytes, to: path, replaces: true)
        } catch {
            throw CommandError(.dataDirectory, "\(error)")
        }
    }

    /// Whether nobody has a UDP port on the loopback's broadcast address.
    static func isFree(_ port: Int) -> Bool {
        #if canImport(Glibc)
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        #else
        let descriptor = socket(AF_INET, SOCK_DGRAM, 0)
        #endif
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7FFF_FFFF).bigEndian
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
