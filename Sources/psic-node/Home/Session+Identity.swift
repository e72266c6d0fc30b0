import PeerKit

/// The home's key, opened and changed.
extension Session {
    /// The home's identity; asks for the passphrase if it is sealed.
    func identity() throws -> PeerIdentity { PeerIdentity(signer: try unlock().key) }

    /// The home's key, and the passphrase if it is sealed.
    func unlock() throws -> (key: Ed25519PrivateKey, passphrase: String?) {
        let file = KeyFile(path: home.keyPath)
        do {
            let passphrase =
                try file.isSealed() ? Passphrase.existing(sources.environment) : nil
            return (try file.load(passphrase: passphrase), passphrase)
        } catch KeyFileError.notFound {
            throw CommandError(
                .configuration, "there is no identity in \(home.path)",
                hint: "make one: psic-node init --home \(home.path)")
        }
    }

    /// The identity to run with: a rotation that was cut short is finished, and a key that has
    /// become too old is changed first. The home must be locked.
    ///
    /// - Parameter isMember: Whether others name this node by its ID, as those of a task do. Then
    ///   the key is left for its owner to change.
    func identity(rotatedAfter period: Duration?, isMember: Bool) async throws -> PeerIdentity {
        let (key, passphrase) = try unlock()
        let ring = KeyRing(path: home.keyPath)
        if let finished = try ring.finishRotation(passphrase: passphrase) {
            Output.notice("a rotation that was cut short is finished: this is \(finished.new) now")
            return PeerIdentity(signer: try ring.keyFile.load(passphrase: passphrase))
        }
        let now = Clock.unixSeconds
        let history = try ring.begin(at: now)
        guard let period, history.isDue(at: now, after: period) else {
            return PeerIdentity(signer: key)
        }
        guard !isMember else {
            Output.notice(
                "warning: the key is due for rotation, but the task names this node by its ID")
            return PeerIdentity(signer: key)
        }
        guard history.derivation == nil || sources.environment["PSIC_MNEMONIC"] != nil else {
            Output.notice(
                "warning: the key is due for rotation, and its words are needed for that: "
                    + "psic-node key rotate --home \(home.path)")
            return PeerIdentity(signer: key)
        }
        let certificate = try await rotateKey(passphrase: passphrase)
        Output.notice(
            "the key was due for rotation: \(certificate.new) has taken the place of "
                + "\(certificate.old)")
        return PeerIdentity(signer: try ring.keyFile.load(passphrase: passphrase))
    }

    /// Puts the next key in the place of the present one: the next of those that the words give,
    /// if the present one comes from words, else a random one. The home must be locked.
    ///
    /// - Parameter isRandom: A random one in any case.
    func rotateKey(
        passphrase: String?, recoveryKey: PublicKey? = nil, revokesOld: Bool = false,
        isRandom: Bool = false
    ) async throws -> RotationCertificate {
        let ring = KeyRing(path: home.keyPath)
        // Before anybody is asked for words.
        if let finished = try ring.finishRotation(passphrase: passphrase) { return finished }
        let present = try ring.history().derivation
        guard let present, !isRandom else {
            return try await ring.rotate(
                passphrase: passphrase, recoveryKey: recoveryKey, revokesOld: revokesOld,
                at: Clock.unixSeconds
            ) {
                var generator = SystemRandomNumberGenerator()
                return .generate(using: &generator)
            }
        }
        let words = try Words.given(sources.environment)
        let key = try ring.keyFile.load(passphrase: passphrase)
        guard Words.key(of: words, at: present).publicKey == key.publicKey else {
            throw CommandError(
                .verification, "these are not the words of the home's key",
                hint: "nothing was changed; --random leaves the words behind")
        }
        guard let next = present.next else {
            throw CommandError(
                .failure, "the words give no further key", hint: "--random leaves them behind")
        }
        return try await ring.rotate(
            passphrase: passphrase, recoveryKey: recoveryKey, revokesOld: revokesOld,
            at: Clock.unixSeconds, derivation: next
        ) { Words.key(of: words, at: next) }
    }
}
