import ArgumentParser
import Ledger

/// `psic-node wallet …`.
struct WalletCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wallet",
        abstract: "Keep accounts of the ledger: keys, signatures, transfers.",
        discussion: """
            Keys are kept in HOME/keystore, a file for each account, sealed by a passphrase that is \
            asked for at the terminal or taken from PSIC_PASSPHRASE. Other Ethereum wallets read the \
            files, and theirs can be imported.
            """,
        subcommands: [
            WalletNewCommand.self, WalletImportCommand.self, WalletListCommand.self,
            WalletBalanceCommand.self, WalletTransferCommand.self, WalletSignCommand.self,
            WalletExportCommand.self,
        ])
}

/// An account, as commands print it.
struct WalletAccount: Codable, Equatable {
    var address: String
    /// Where its key is.
    var file: String
    /// How it was derived from words.
    var path: String?
}

extension Session {
    /// The accounts' key files.
    var keystore: Keystore { Keystore(path: "\(home.path)/keystore") }

    /// The account that is meant: the one named, or the only one there is.
    func account(_ text: String?) throws -> Address {
        if let text { return try WalletArgument.address(text) }
        let entries = try keystore.entries()
        guard let entry = entries.first else {
            throw CommandError(
                .configuration, "there is no account in \(keystore.path)",
                hint: "make one: psic-node wallet new")
        }
        guard entries.count == 1 else {
            throw CommandError(
                .usage, "there are \(entries.count) accounts: name one",
                hint: "psic-node wallet list shows them")
        }
        return entry.address
    }

    /// An account's key; asks for the passphrase.
    func key(of address: Address) throws -> Secp256k1PrivateKey {
        let document = try keystore.document(of: address)
        return try document.key(passphrase: Passphrase.existing(sources.environment))
    }

    /// Seals a key and writes its file.
    func add(
        _ key: Secp256k1PrivateKey, passphrase: String, isLight: Bool, path: BIP32Path? = nil
    ) throws -> WalletAccount {
        let address = key.address
        guard try !keystore.entries().contains(where: { $0.address == address }) else {
            throw KeystoreError.alreadyExists(address)
        }
        var generator = SystemRandomNumberGenerator()
        let document = try KeystoreDocument(
            sealing: key, passphrase: passphrase, kdf: isLight ? .light : .standard,
            using: &generator)
        try home.create()
        let entry = try keystore.add(
            document, of: address, unixNanoseconds: Clock.unixNanoseconds)
        return WalletAccount(
            address: address.description, file: entry.path, path: path?.description)
    }
}

/// Arguments in the forms that people write.
enum WalletArgument {
    static func address(_ text: String) throws(CommandError) -> Address {
        guard let address = Address(text) else {
            throw CommandError(
                .usage, "\"\(text)\" is no address",
                hint: "40 hexadecimal digits; in mixed case they are checked (EIP-55)")
        }
        return address
    }

    static func number(_ text: String, _ name: String) throws(CommandError) -> UInt64 {
        guard let value = UInt64(text) else {
            throw CommandError(.usage, "\(name): \"\(text)\" is no whole number of 64 bits")
        }
        return value
    }

    /// A text from a file, or from standard input for "-".
    ///
    /// - Parameter limit: Bytes that are read at most.
    static func text(from path: String, limit: Int = 1 << 20) throws(CommandError) -> String {
        let bytes: [UInt8]?
        do throws(SystemFailure) {
            bytes =
                path == "-"
                ? try FileSystem.readAll(0, "standard input", limit: limit)
                : try FileSystem.read(path, limit: limit)
        } catch {
            throw CommandError(.usage, "\(error)")
        }
        guard let bytes else { throw CommandError(.usage, "there is no file \(path)") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError(.usage, "\(path) is not UTF-8 text")
        }
        return text
    }
}
