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

    func run() throws {
        let session = try Session(global)
        guard !session.home.isInitialized else {
            throw CommandError(
                .failure, "\(session.home.keyPath) exists already and is not overwritten",
                hint: "psic-node id --home \(session.home.path) shows it; "
                    + "choose another directory with --home for another identity")
        }
        let passphrase = sealed ? try Passphrase.new(session.sources.environment) : nil
        let identity = try Self.makeIdentity(in: session.home, passphrase: passphrase)
        session.print(IDCommand.Report(identity.peerID, home: session.home)) {
            ["\(identity.peerID)", "home \(session.home.path)"]
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
