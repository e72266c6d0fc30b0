import Crypto
import Ledger
import PeerKit

extension VectorPack {
    static let mnemonics = VectorPack("bip39") { vector in
        let (words, passphrase) = (try vector.text("mnemonic"), try vector.text("passphrase"))
        let seed = Mnemonic.seed(ofUncheckedPhrase: words, passphrase: passphrase)
        try same(Hexadecimal.digits(of: seed), try vector.text("seed"), "seed of \(words)")
        try same(try ExtendedPrivateKey(seed: seed).text, try vector.text("xprv"), "master key")
        // Of the other languages this ledger has no lists of words.
        guard try vector.text("lang") == "english" else { return }
        let mnemonic = try Mnemonic(entropy: try vector.bytes("entropy"))
        try same(mnemonic.phrase, words, "words")
        try same(try Mnemonic(phrase: words).phrase, words, "words read")
        try same(mnemonic.seed(passphrase: passphrase), seed, "seed of the words")
    }

    static let extendedKeys = VectorPack("bip32") { vector in
        if try vector.text("kind") == "invalid" {
            let text = try vector.text("key")
            let why = try vector.text("why")
            try refused("a private key: \(why)") { _ = try ExtendedPrivateKey(text) }
            try refused("a public key: \(why)") { _ = try ExtendedPublicKey(text) }
            return
        }
        let master = try ExtendedPrivateKey(seed: try vector.bytes("seed"))
        let path = try BIP32Path(try vector.text("path"))
        let key = try master.derived(at: path)
        try same(key.text, try vector.text("xprv"), "xprv at \(path)")
        try same(key.publicKey.text, try vector.text("xpub"), "xpub at \(path)")
        try same(try ExtendedPrivateKey(key.text).text, key.text, "xprv read")
        try same(try ExtendedPublicKey(key.publicKey.text), key.publicKey, "xpub read")
        if let last = path.steps.last, last & BIP32Path.hardened == 0 {
            let parent = try master.derived(at: BIP32Path(steps: path.steps.dropLast()))
            try same(try parent.publicKey.child(last), key.publicKey, "public child")
        }
    }

    static let ecdsa = VectorPack("ecdsa_secp256k1") { vector in
        let key = try Secp256k1PublicKey(bytes: try vector.bytes("publicKey"))
        let hash = Array(SHA256.hash(data: try vector.bytes("msg")))
        let isValid = key.isValidSignature(der: try vector.bytes("sig"), forHash: hash)
        try same(
            isValid, try vector.text("result") == "valid",
            "validity of \(try vector.text("comment"))")
    }

    static let keystore = VectorPack("keystore") { entry in
        let json = try needed(entry.test["json"], "json").serialized
        let document = try KeystoreDocument(json: Array(json.utf8))
        let key = try document.key(passphrase: try entry.test.text("password"))
        try same(
            key.withBytes { Hexadecimal.digits(of: $0) }, try entry.test.text("priv"), "key")
        do {
            _ = try document.key(passphrase: "other")
            throw VectorMismatch("opened with another passphrase")
        } catch KeystoreError.wrongPassphrase {}
    }

    static let abi = VectorPack("abi") { entry in
        let types = try needed(entry.test["types"]?.elements, "types").map { json in
            try ABIType(try needed(json.text, "type"))
        }
        let values = try zip(try needed(entry.test["args"]?.elements, "args"), types).map {
            try ABIValue($0, as: $1)
        }
        let encoding = try ABIEncoder.encode(values, as: types)
        try same(encoding, try entry.test.bytes("result"), "encoding")
        try same(try ABIDecoder.decode(encoding, as: types), values, "values read")
    }
}
