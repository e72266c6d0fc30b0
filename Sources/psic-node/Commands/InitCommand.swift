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

    func validate() throws {
        guard mnemonic || (!restore && account == 0) else {
            throw ValidationError("--restore and --account go with --mnemonic")
        }
        guard account < 1 << 31 else { throw ValidationError("--account must be below 2147483648") }
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
        let words = try restore ? Self.givenWords(session.sources.environment) : Self.newWords()
        let path = DerivationPath.identity(account: account)
        let key = HierarchicalKey(seed: words.seed()).derived(at: path).privateKey
        try session.home.create()
        try KeyFile(path: session.home.keyPath).save(key, passphrase: passphrase)
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

    private static func newWords() throws(CommandError) -> Mnemonic {
        var generator = SystemRandomNumberGenerator()
        do throws(MnemonicError) {
            return try Mnemonic.generate(using: &generator)
        } catch {
            throw CommandError(.failure, "\(error)")
        }
    }

    private static func givenWords(
        _ environment: [String: String]
    ) throws(CommandError) -> Mnemonic {
        guard let phrase = environment["PSIC_MNEMONIC"] ?? readLine() else {
            throw CommandError(
                .usage, "no words were given", hint: "set PSIC_MNEMONIC or type them in one line")
        }
        do throws(MnemonicError) {
            return try Mnemonic(phrase: phrase)
        } catch {
            throw CommandError(.usage, "\(error)", hint: "nothing was written")
        }
    }

    /// Makes the home where there is none, and a key in it.
    static func makeIdentity(
        in home: NodeHome, passphrase: String? = nil
    ) throws -> PeerIdentity {
        try home.create()
        var generator = SystemRandomNumberGenerator()
        let key = Ed25519PrivateKey.generate(using: &generator)
        try KeyFile(path: home.keyPath).save(key, passphrase: passphrase)
        return PeerIdentity(signer: key)
    }
}

extension Session {
    /// The home's identity; asks for the passphrase if it is sealed.
    func identity() throws -> PeerIdentity {
        let file = KeyFile(path: home.keyPath)
        do {
            let passphrase =
                try file.isSealed() ? Passphrase.existing(sources.environment) : nil
            return PeerIdentity(signer: try file.load(passphrase: passphrase))
        } catch KeyFileError.notFound {
            throw CommandError(
                .configuration, "there is no identity in \(home.path)",
                hint: "make one: psic-node init --home \(home.path)")
        }
    }
}
