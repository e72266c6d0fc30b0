import PeerKit
import Testing

@testable import Ledger

/// Vectors that eth-account made.
@Suite("eth-account's answers") struct DerivedWalletTests {
    @Test("are ours", EthereumVectors.needs("derived_wallet"))
    func vectors() throws {
        var counts: [String: Int] = [:]
        for vector in try EthereumVectors.documents("derived_wallet") {
            let kind = try vector.text("kind")
            switch kind {
            case "keccak":
                let hash = Keccak256.hash(try vector.bytes("msg"))
                #expect(try "\(hash)" == vector.text("keccak256"))
            case "bip44": try accounts(vector)
            case "personal_sign": try personalMessage(vector)
            case "typed_data": try typedData(vector)
            case "keystore_v3": try keystore(vector)
            case "signed_tx": try transaction(vector)
            case "create":
                let address = Address.created(
                    by: try #require(Address(try vector.text("sender"))),
                    nonce: try #require(try vector.number("nonce").asUInt64))
                #expect(address == Address(try vector.text("address")))
            case "create2":
                let address = Address.created(
                    by: try #require(Address(try vector.text("sender"))),
                    salt: try #require(UInt256(bigEndian: try vector.bytes("salt"))),
                    initCodeHash: Keccak256.hash(try vector.bytes("init")))
                #expect(address == Address(try vector.text("address")))
            case "eip55":
                let address = try #require(Address(try vector.text("lower")))
                #expect(try address.description == vector.text("checksum"))
            default: Issue.record("a vector of kind \(kind)")
            }
            counts[kind, default: 0] += 1
        }
        #expect(counts.values.reduce(0, +) == 162)
        #expect(counts.count == 9, "\(counts)")
    }

    private func key(_ vector: JSONValue) throws -> Secp256k1PrivateKey {
        try Secp256k1PrivateKey(bytes: try vector.bytes("key"))
    }

    private func accounts(_ vector: JSONValue) throws {
        let mnemonic = try Mnemonic(entropy: try vector.bytes("entropy"))
        #expect(try mnemonic.phrase == vector.text("mnemonic"))
        let passphrase = try vector.text("passphrase")
        let accounts = try #require(vector["accounts"]?.elements)
        #expect(!accounts.isEmpty)
        for account in accounts {
            let path = try BIP32Path(try account.text("path"))
            let key = try mnemonic.key(at: path, passphrase: passphrase)
            #expect(try key.withBytes { Array($0) } == account.bytes("key"), "\(path)")
            #expect(try key.address.description == account.text("address"), "\(path)")
        }
    }

    private func personalMessage(_ vector: JSONValue) throws {
        let key = try key(vector)
        let message = PersonalMessage(try vector.text("text"))
        #expect(try "\(message.hash)" == vector.text("hash"))
        let signature = key.sign(message)
        #expect(try signature.bytes == vector.bytes("signature"))
        #expect(try message.signer(of: signature)?.description == vector.text("address"))
    }

    private func typedData(_ vector: JSONValue) throws {
        let data = try TypedData(json: try #require(vector["typedData"]).text)
        #expect(try "\(data.hash())" == vector.text("digest"))
        #expect(try key(vector).sign(data).bytes == vector.bytes("signature"))
    }

    private func keystore(_ vector: JSONValue) throws {
        let document = try KeystoreDocument(json: Array(try #require(vector["json"]).text.utf8))
        let key = try document.key(passphrase: try vector.text("password"))
        #expect(try key.withBytes { Hexadecimal.digits(of: $0) } == vector.text("priv"))
        #expect(document.address == key.address)
    }

    private func transaction(_ vector: JSONValue) throws {
        let raw = try vector.bytes("raw")
        let decoded = try SignedTransaction(decoding: raw)
        #expect(try decoded.hash.description == vector.text("hash"))
        if let sender = vector["sender"]?.text { #expect(decoded.sender.description == sender) }
        let again = try decoded.transaction.signed(by: key(vector))
        #expect(again == decoded, "\(vector["i"] ?? .null)")
        guard let fields = vector["tx"] else { return }
        var transaction = Transaction(
            Transaction.Kind(
                rawValue: UInt8(fields["type"]?.count ?? 0)) ?? .legacy)
        transaction.nonce = try #require(try fields.number("nonce").asUInt64)
        transaction.gasLimit = try #require(try fields.number("gas").asUInt64)
        transaction.to = fields["to"]?.text.flatMap { Address($0) }
        transaction.value = try fields.number("value")
        transaction.input = try fields.bytes("data")
        if fields["chainId"] != nil {
            transaction.chainID = try fields.number("chainId").asUInt64
        }
        transaction.maxFeePerGas = try fields.number(
            fields["gasPrice"] == nil ? "maxFeePerGas" : "gasPrice")
        transaction.maxPriorityFeePerGas = try fields.number(
            fields["gasPrice"] == nil ? "maxPriorityFeePerGas" : "gasPrice")
        for entry in fields["accessList"]?.elements ?? [] {
            transaction.accessList.append(
                .init(
                    address: try #require(Address(try entry.text("address"))),
                    slots: (entry["storageKeys"]?.elements ?? []).compactMap {
                        UInt256(hexadecimal: $0.text ?? "")
                    }))
        }
        #expect(transaction == decoded.transaction)
        #expect(try transaction.signed(by: key(vector)).encoded == raw)
    }
}
