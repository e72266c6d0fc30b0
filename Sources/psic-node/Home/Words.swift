import PeerKit

/// The words that a home's keys may be derived from. They are nowhere stored.
enum Words {
    /// New ones.
    static func new() throws(CommandError) -> Mnemonic {
        var generator = SystemRandomNumberGenerator()
        do throws(MnemonicError) {
            return try Mnemonic.generate(using: &generator)
        } catch {
            throw CommandError(.failure, "\(error)")
        }
    }

    /// Those in `PSIC_MNEMONIC` or on standard input.
    static func given(_ environment: [String: String]) throws(CommandError) -> Mnemonic {
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

    /// The key at the end of a way.
    static func key(
        of words: Mnemonic, at derivation: KeyDerivation
    ) -> Ed25519PrivateKey {
        HierarchicalKey(seed: words.seed()).derived(at: derivation.path).privateKey
    }
}
