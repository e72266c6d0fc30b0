import ArgumentParser
import PeerKit

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `psic-node key …`.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Look at, change and revoke the home's key.",
        subcommands: [KeyStatusCommand.self, KeyRotateCommand.self, KeyRevokeCommand.self])
}

/// How the home's key stands.
struct KeyStatus: Codable, Equatable {
    var peerID: String
    var isSealed: Bool
    /// How often the key was changed.
    var rotations: Int
    /// When it took over, in seconds since 1970; absent where nobody wrote that down.
    var since: UInt64?
    /// Days until a start changes it; negative when that is overdue. Absent where `since` is, or
    /// where keys are not changed by their age.
    var daysLeft: Int?
    /// The path from the words to the key; absent for a random one.
    var path: String?
    var formerPeerIDs: [String]
    var revoked: [String]

    init(_ session: Session, now: UInt64 = Clock.unixSeconds) throws {
        let ring = KeyRing(path: session.home.keyPath)
        let history = try ring.history()
        peerID = try session.identity().peerID.description
        isSealed = try ring.keyFile.isSealed()
        rotations = history.rotations.count
        since = history.since
        if let since = history.since, let period = try NodeSettings.keyPeriod(session.sources) {
            let age = Int64(clamping: now) - Int64(clamping: since)
            daysLeft = Int((period.components.seconds - age) / 86_400)
        }
        path = history.derivation?.path.description
        formerPeerIDs = history.rotations.map(\.old.description)
        revoked = history.revocations.map(\.peer.description)
    }

    var lines: [String] {
        var lines = ["peer       \(peerID)", "sealed     \(isSealed ? "yes" : "no")"]
        lines.append("rotations  \(rotations)")
        if let daysLeft { lines.append("due        in \(daysLeft) days") }
        if let path { lines.append("path       \(path)") }
        lines += formerPeerIDs.map { "former     \($0)" }
        lines += revoked.map { "revoked    \($0)" }
        return lines
    }
}

/// `psic-node key status`.
struct KeyStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say how old the key is and what came before it.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = try Session(global)
        let status = try KeyStatus(session)
        session.print(status) { status.lines }
    }
}

/// `psic-node key rotate`.
struct KeyRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Put a new key in the place of the home's key.",
        discussion: """
            The old key signs that the new one speaks for it; peers learn of it when they meet the \
            node again. The node must not run. What was cut short is finished by the same command.

            A key that comes from words is followed by the next that they give, for which they are \
            needed again, in PSIC_MNEMONIC or on standard input. A start changes a key by itself \
            when it is older than the setting rotate-after says.
            """)

    @OptionGroup var global: GlobalOptions

    @Option(
        help: ArgumentHelp(
            "A key file whose key may revoke the new key.", valueName: "file"))
    var recovery: String?

    @Flag(help: "Revoke the old key, so that peers refuse whoever still has it.")
    var revokeOld = false

    @Flag(help: "A random key also where the present one comes from words.")
    var random = false

    func run() async throws {
        let session = try Session(global)
        let (_, passphrase) = try session.unlock()
        let lock = try session.lockKeys()
        defer { lock.release() }
        let recoveryKey = try recovery.map { try KeyFile(path: $0).load().publicKey }
        _ = try await session.rotateKey(
            passphrase: passphrase, recoveryKey: recoveryKey, revokesOld: revokeOld,
            isRandom: random)
        let status = try KeyStatus(session)
        session.print(status) { status.lines }
    }
}

/// `psic-node key revoke`.
struct KeyRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Say that nobody shall believe a key of this identity.",
        discussion: """
            Signed by the key itself or by the recovery key that was named when it took over. Peers \
            hear of it when they meet the node. There is no way back.
            """)

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The peer ID of the key.")
    var peer: String

    @Option(
        help: ArgumentHelp(
            "The key file to sign with: the key itself or its recovery key. Default: the home's key.",
            valueName: "file"))
    var with: String?

    func run() async throws {
        let session = try Session(global)
        guard let id = try? PeerID(peer) else {
            throw CommandError(.usage, "\(peer) is not a peer ID")
        }
        let ring = KeyRing(path: session.home.keyPath)
        let lock = try session.lockKeys()
        defer { lock.release() }
        let signer: any Signer
        if let with {
            signer = try KeyFile(path: with).load()
        } else {
            signer = try session.identity().signer
        }
        let history = try ring.history()
        let named = history.rotations.first { $0.new == id }?.recoveryKey?.peerID
        guard signer.publicKey.peerID == id || signer.publicKey.peerID == named else {
            throw CommandError(
                .verification, "\(signer.publicKey.peerID) has no say over \(id)",
                hint: "sign with the key itself or with its recovery key: --with FILE")
        }
        try ring.add(try await .issue(of: id, by: signer, at: Clock.unixSeconds))
        let status = try KeyStatus(session)
        session.print(status) { status.lines }
    }
}

extension Session {
    /// Keeps a node from starting while the keys change.
    fileprivate func lockKeys() throws(CommandError) -> HomeLock {
        do throws(HomeLockError) {
            return try HomeLock(directory: home.path)
        } catch {
            throw CommandError(error, home: home)
        }
    }
}

/// The wall clock of commands.
enum Clock {
    static var unixNanoseconds: UInt64 { Runtime.live.clock.unixNanoseconds }
    static var unixSeconds: UInt64 { unixNanoseconds / 1_000_000_000 }
}
