import ArgumentParser
import PeerKit

/// `psic-node init`.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a home with a new identity.",
        discussion: "An identity that exists is never overwritten.")

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Seal the key with a passphrase, asked for at the terminal or in PSIC_PASSPHRASE.")
    var sealed = false

    @Flag(help: "Derive the key from 24 words, printed once: write them down.")
    var mnemonic = false

    @Flag(help: "With --mnemonic: take the words from PSIC_MNEMONIC or standard input instead.")
    var restore = false

    @Option(help: "With --mnemonic: which of several nodes with the same words, from 0.")
    var account: UInt32 = 0

    @Option(help: "With --restore: how often the key was changed; key status says so.")
    var rotation: UInt32 = 0

    func validate() throws {
        guard mnemonic || (!restore && account == 0) else {
            throw ValidationError("--restore and --account go with --mnemonic")
        }
        guard restore || rotation == 0 else {
            throw ValidationError("--rotation goes with --restore")
        }
        guard account < 1 << 31, rotation < 1 << 31 else {
            throw ValidationError("--account and --rotation must be below 2147483648")
        }
    }

    func run() throws {
        let session = try Session(global)
        guard !session.home.isInitialized else {
            throw CommandError(
                .failure, "\(session.home.keyPath) exists already and is not overwritten",
                hint: "psic-node id --home \(session.home.path) shows it; "
                    + "choose another directory with --home for another identity")
        }
        let passphrase = sealed ? try Passphrase.new(session.sources.environment) : nil
        guard mnemonic else {
            let identity = try Self.makeIdentity(in: session.home, passphrase: passphrase)
            return session.print(IDCommand.Report(identity.peerID, home: session.home)) {
                ["\(identity.peerID)", "home \(session.home.path)"]
            }
        }
        try initFromWords(session, passphrase)
    }

    /// The answer where the key comes from words.
    struct WordsReport: Codable, Equatable {
        var peerID: String
        var home: String
        /// Absent when the words were given.
        var mnemonic: String?
        var path: String
    }

    private func initFromWords(_ session: Session, _ passphrase: String?) throws {
        let words = try restore ? Words.given(session.sources.environment) : Words.new()
        let derivation = KeyDerivation(account: account, rotation: rotation)
        let path = derivation.path
        let key = Words.key(of: words, at: derivation)
        try session.home.create()
        let ring = KeyRing(path: session.home.keyPath)
        try ring.keyFile.save(key, passphrase: passphrase)
        try ring.begin(at: Clock.unixSeconds, derivation: derivation)
        let report = WordsReport(
            peerID: key.publicKey.peerID.description, home: session.home.path,
            mnemonic: restore ? nil : words.phrase, path: path.description)
        session.print(report) {
            [report.peerID, "home \(report.home)", "path \(report.path)"]
                + (report.mnemonic.map { ["words \($0)"] } ?? [])
        }
        if !restore {
            Output.notice(
                "Write the words down and keep them where nobody else reads them. They are not "
                    + "stored and not shown again; whoever has them has this identity.")
        }
    }

    /// Makes the home where there is none, and a key in it.
    static func makeIdentity(
        in home: NodeHome, passphrase: String? = nil
    ) throws -> PeerIdentity {
        try home.create()
        var generator = SystemRandomNumberGenerator()
        let key = Ed25519PrivateKey.generate(using: &generator)
        let ring = KeyRing(path: home.keyPath)
        try ring.keyFile.save(key, passphrase: passphrase)
        try ring.begin(at: Clock.unixSeconds)
        return PeerIdentity(signer: key)
    }
}
