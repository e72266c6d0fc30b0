import Ledger
import PeerKit

extension VectorPack {
    /// What eth-account made of keys, messages and transactions.
    static let derivedWallet = VectorPack("derived_wallet") { vector in
        switch try vector.text("kind") {
        case "keccak":
            let hash = Keccak256.hash(try vector.bytes("msg"))
            try same(hash.description, try vector.text("keccak256"), "hash")
        case "bip44": try accounts(vector)
        case "personal_sign": try personalMessage(vector)
        case "typed_data":
            let data = try TypedData(json: try needed(vector["typedData"], "document").serialized)
            try same(try data.hash().description, try vector.text("digest"), "digest")
            try same(
                try key(vector).sign(data).bytes, try vector.bytes("signature"), "signature")
        case "keystore_v3":
            let json = try needed(vector["json"], "json").serialized
            let document = try KeystoreDocument(json: Array(json.utf8))
            let key = try document.key(passphrase: try vector.text("password"))
            try same(
                key.withBytes { Hexadecimal.digits(of: $0) }, try vector.text("priv"), "key")
            try same(document.address, key.address, "address")
        case "signed_tx": try transaction(vector)
        case "create":
            let sender = try needed(Address(try vector.text("sender")), "sender")
            let nonce = try needed(try vector.number("nonce").asUInt64, "nonce")
            try same(
                Address.created(by: sender, nonce: nonce), Address(try vector.text("address")),
                "address")
        case "create2":
            let address = Address.created(
                by: try needed(Address(try vector.text("sender")), "sender"),
                salt: try needed(UInt256(bigEndian: try vector.bytes("salt")), "salt"),
                initCodeHash: Keccak256.hash(try vector.bytes("init")))
            try same(address, Address(try vector.text("address")), "address")
        case "eip55":
            let address = try needed(Address(try vector.text("lower")), "address")
            try same(address.description, try vector.text("checksum"), "checksum")
        case let kind: throw VectorMismatch("of an unknown kind: \(kind)")
        }
    }

    private static func key(_ vector: JSONValue) throws -> Secp256k1PrivateKey {
        try Secp256k1PrivateKey(bytes: try vector.bytes("key"))
    }

    private static func accounts(_ vector: JSONValue) throws {
        let mnemonic = try Mnemonic(entropy: try vector.bytes("entropy"))
        try same(mnemonic.phrase, try vector.text("mnemonic"), "words")
        let passphrase = try vector.text("passphrase")
        let accounts = try needed(vector["accounts"]?.elements, "accounts")
        guard !accounts.isEmpty else { throw VectorMismatch("no accounts") }
        for account in accounts {
            let path = try BIP32Path(try account.text("path"))
            let key = try mnemonic.key(at: path, passphrase: passphrase)
            try same(key.withBytes { Array($0) }, try account.bytes("key"), "key at \(path)")
            try same(
                key.address.description, try account.text("address"), "address at \(path)")
        }
    }

    private static func personalMessage(_ vector: JSONValue) throws {
        let message = PersonalMessage(try vector.text("text"))
        try same(message.hash.description, try vector.text("hash"), "hash")
        let signature = try key(vector).sign(message)
        try same(signature.bytes, try vector.bytes("signature"), "signature")
        try same(
            message.signer(of: signature)?.description, try vector.text("address"), "signer")
    }

    private static func transaction(_ vector: JSONValue) throws {
        let raw = try vector.bytes("raw")
        let decoded = try SignedTransaction(decoding: raw)
        try same(decoded.hash.description, try vector.text("hash"), "hash")
        if let sender = vector["sender"]?.text {
            try same(decoded.sender.description, sender, "sender")
        }
        let again = try decoded.transaction.signed(by: key(vector))
        try same(again.encoded, decoded.encoded, "signed again")
        guard let fields = vector["tx"] else { return }
        let transaction = try transaction(of: fields)
        guard transaction == decoded.transaction else { throw VectorMismatch("other fields") }
        try same(try transaction.signed(by: key(vector)).encoded, raw, "encoding")
    }

    private static func transaction(of fields: JSONValue) throws -> Transaction {
        let kind = Transaction.Kind(rawValue: UInt8(clamping: fields["type"]?.count ?? 0))
        var transaction = Transaction(try needed(kind, "kind"))
        transaction.nonce = try needed(try fields.number("nonce").asUInt64, "nonce")
        transaction.gasLimit = try needed(try fields.number("gas").asUInt64, "gas")
        transaction.to = fields["to"]?.text.flatMap { Address($0) }
        transaction.value = try fields.number("value")
        transaction.input = try fields.bytes("data")
        if fields["chainId"] != nil {
            transaction.chainID = try fields.number("chainId").asUInt64
        }
        let hasPrice = fields["gasPrice"] != nil
        transaction.maxFeePerGas = try fields.number(hasPrice ? "gasPrice" : "maxFeePerGas")
        transaction.maxPriorityFeePerGas = try fields.number(
            hasPrice ? "gasPrice" : "maxPriorityFeePerGas")
        for entry in fields["accessList"]?.elements ?? [] {
            transaction.accessList.append(
                .init(
                    address: try needed(Address(try entry.text("address")), "address"),
                    slots: (entry["storageKeys"]?.elements ?? []).compactMap {
                        UInt256(hexadecimal: $0.text ?? "")
                    }))
        }
        return transaction
    }
}
