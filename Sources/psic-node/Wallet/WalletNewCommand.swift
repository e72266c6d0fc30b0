import ArgumentParser
import Ledger
import PeerKit

/// `psic-node wallet new`.
struct WalletNewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Make an account, or several from new words.",
        discussion: """
            Without --words the key is random and only in its file. With --words the keys are at \
            m/44'/60'/0'/0/0 and on, as other wallets have them; the words are printed once.
            """)

    /// The most accounts that one command makes: sealing each takes a second.
    static let maximumCount = 100

    @OptionGroup var global: GlobalOptions

    @Option(
        help: ArgumentHelp("Derive from this many new words: 12, 15, 18, 21 or 24.", valueName: "n")
    )
    var words: Int?

    @Option(help: ArgumentHelp("How many accounts.", valueName: "n"))
    var count = 1

    @Flag(help: "Seal with little effort (50 ms instead of 1 s), for tests.")
    var light = false

    /// The answer.
    struct Report: Codable, Equatable {
        var accounts: [WalletAccount]
        /// Absent where the keys are random.
        var words: String?

        var lines: [String] {
            accounts.flatMap { account in
                [account.address, "file \(account.file)"]
                    + (account.path.map { ["path \($0)"] } ?? [])
            } + (words.map { ["words \($0)"] } ?? [])
        }
    }

    func validate() throws {
        if let words, !Mnemonic.wordCounts.contains(words) {
            throw ValidationError("--words must be 12, 15, 18, 21 or 24")
        }
        guard (1...Self.maximumCount).contains(count) else {
            throw ValidationError("--count must be between 1 and \(Self.maximumCount)")
        }
    }

    func run() throws {
        let session = try Session(global)
        var generator = SystemRandomNumberGenerator()
        let mnemonic = try words.map {
            try Mnemonic.generate(wordCount: $0, using: &generator)
        }
        let passphrase = try Passphrase.new(session.sources.environment)
        var report = Report(accounts: [], words: mnemonic?.phrase)
        for index in 0..<UInt32(count) {
            let key: Secp256k1PrivateKey
            if let mnemonic {
                key = try mnemonic.account(index)
            } else {
                key = .generate(using: &generator)
            }
            report.accounts.append(
                try session.add(
                    key, passphrase: passphrase, isLight: light,
                    path: mnemonic == nil ? nil : .account(index)))
        }
        session.print(report) { report.lines }
        if mnemonic != nil {
            Output.notice(
                "Write the words down and keep them where nobody else reads them. They are not "
                    + "stored and not shown again; whoever has them has these accounts.")
        }
    }
}
