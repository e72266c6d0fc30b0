import ArgumentParser
import Ledger
import PeerKit

/// `psic-node wallet import`.
struct WalletImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take an account from words, a private key or a key file.",
        discussion: """
            Secrets are read from a file or, for \"-\", from standard input, never from the command \
            line, which others can see. A key file is opened and sealed again by the same passphrase.
            """)

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("A private key: 64 hexadecimal digits.", valueName: "file"))
    var key: String?

    @Option(help: ArgumentHelp("Words in one line (BIP-39, English).", valueName: "file"))
    var words: String?

    @Option(help: ArgumentHelp("With --words: the passphrase of the words.", valueName: "file"))
    var wordsPassphrase: String?

    @Option(help: "With --words: where the key is. Default: m/44'/60'/0'/0/INDEX.")
    var path: String?

    @Option(help: ArgumentHelp("With --words: the first account, from 0.", valueName: "n"))
    var index: UInt32 = 0

    @Option(help: ArgumentHelp("With --words: how many accounts.", valueName: "n"))
    var count: UInt32 = 1

    @Option(help: ArgumentHelp("A key file of another wallet.", valueName: "file"))
    var keystore: String?

    @Flag(help: "Seal with little effort (50 ms instead of 1 s), for tests.")
    var light = false

    func validate() throws {
        guard [key, words, keystore].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("give one of --key, --words and --keystore")
        }
        guard words != nil || (wordsPassphrase == nil && path == nil && index == 0 && count == 1)
        else {
            throw ValidationError("--words-passphrase, --path, --index and --count go with --words")
        }
        guard path == nil || (index == 0 && count == 1) else {
            throw ValidationError("--path names one key; leave out --index and --count")
        }
        guard (1...UInt32(WalletNewCommand.maximumCount)).contains(count), index < 1 << 30 else {
            throw ValidationError(
                "--count must be between 1 and \(WalletNewCommand.maximumCount), "
                    + "--index below 1073741824")
        }
    }

    func run() throws {
        let session = try Session(global)
        let environment = session.sources.environment
        var keys: [(Secp256k1PrivateKey, BIP32Path?)] = []
        let passphrase: String
        if let keystore {
            let text = try WalletArgument.text(from: keystore)
            let document = try KeystoreDocument(json: Array(text.utf8))
            passphrase = try Passphrase.existing(environment)
            keys = [(try document.key(passphrase: passphrase), nil)]
        } else if let words {
            keys = try derived(from: words)
            passphrase = try Passphrase.new(environment)
        } else {
            keys = [(try privateKey(), nil)]
            passphrase = try Passphrase.new(environment)
        }
        let accounts = try keys.map { key, path in
            try session.add(key, passphrase: passphrase, isLight: light, path: path)
        }
        let report = WalletNewCommand.Report(accounts: accounts, words: nil)
        session.print(report) { report.lines }
    }

    private func privateKey() throws -> Secp256k1PrivateKey {
        let text = try WalletArgument.text(from: key ?? "-", limit: 256)
        guard var bytes = Hexadecimal.bytes(text.filter { !$0.isWhitespace }), bytes.count == 32
        else {
            throw CommandError(
                .usage, "that is no private key: expected 64 hexadecimal digits",
                hint: "nothing was written")
        }
        defer { Sodium.wipe(&bytes) }
        return try Secp256k1PrivateKey(bytes: bytes)
    }

    private func derived(from file: String) throws -> [(Secp256k1PrivateKey, BIP32Path?)] {
        let mnemonic = try Mnemonic(phrase: try WalletArgument.text(from: file, limit: 1024))
        let passphrase = try wordsPassphrase.map { file in
            // A file ends with a line break that is no part of what was written.
            let text = try WalletArgument.text(from: file, limit: 1024)
            return text.hasSuffix("\n") ? String(text.dropLast()) : text
        }
        if let path {
            let path = try BIP32Path(path)
            return [(try mnemonic.key(at: path, passphrase: passphrase ?? ""), path)]
        }
        return try (index..<(index + count)).map { index in
            (try mnemonic.account(index, passphrase: passphrase ?? ""), BIP32Path.account(index))
        }
    }
}
