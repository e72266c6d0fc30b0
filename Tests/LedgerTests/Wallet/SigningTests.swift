import Testing

@testable import Ledger

@Suite("Messages and transactions signed") struct SigningTests {
    let key: Secp256k1PrivateKey

    init() throws { key = try Secp256k1PrivateKey(bytes: Array(repeating: 0x46, count: 32)) }

    /// The worked example of EIP-155.
    @Test("the example of EIP-155")
    func exampleOfEIP155() {
        var transaction = Transaction(.legacy)
        transaction.nonce = 9
        transaction.maxFeePerGas = 20_000_000_000
        transaction.maxPriorityFeePerGas = 20_000_000_000
        transaction.gasLimit = 21000
        transaction.to = Address("0x3535353535353535353535353535353535353535")
        transaction.value = 1_000_000_000_000_000_000
        let signed = transaction.signed(by: key, chainID: 1)
        #expect(
            Hexadecimal.digits(of: signed.encoded)
                == "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a7640000"
                + "8025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
                + "a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83")
        #expect(signed.sender.description == "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F")
    }

    @Test("what is signed is read back, of every kind, with the signer found", arguments: 0..<5)
    func everyKind(_ number: Int) throws {
        let kind = try #require(Transaction.Kind(rawValue: UInt8(number)))
        var transaction = Transaction(kind)
        transaction.nonce = 7
        transaction.gasLimit = 100_000
        transaction.maxFeePerGas = 3
        transaction.maxPriorityFeePerGas = kind.rawValue >= 2 ? 2 : 3
        transaction.to = Address(truncating: 0xabc)
        transaction.value = .max
        transaction.input = Array(0..<100)
        if kind != .legacy {
            transaction.accessList = [.init(address: Address(truncating: 5), slots: [0, .max])]
        }
        if kind == .blob {
            transaction.maxFeePerBlobGas = 9
            transaction.blobHashes = [UInt256(1, 0, 0, 1 << 56)]
        }
        if kind == .setCode {
            transaction.authorizations = [
                .signed(chainID: 0, delegate: Address(truncating: 9), nonce: 8, by: key)
            ]
            #expect(transaction.authorizations[0].authority() == key.address)
        }
        let signed = transaction.signed(by: key, chainID: .max)
        let read = try SignedTransaction(decoding: signed.encoded)
        #expect(read == signed)
        #expect(read.sender == key.address)
        #expect(read.transaction.chainID == .max)
        #expect(read.signature.hasLowS)
        #expect(transaction.signed(by: key, chainID: .max) == signed, "signing is deterministic")
    }

    @Test("a legacy transaction without a chain keeps v at 27 or 28")
    func unprotected() throws {
        var transaction = Transaction(.legacy)
        transaction.to = .zero
        let read = try SignedTransaction(decoding: transaction.signed(by: key).encoded)
        #expect(read.transaction.chainID == nil && read.sender == key.address)
    }

    @Test("a message's signature names its signer, and fits no other message")
    func personalMessages() throws {
        let message = PersonalMessage("Some data")
        // web3.js documentation, "eth.accounts.sign".
        let known = try Secp256k1PrivateKey(
            bytes: hex("4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"))
        let signature = known.sign(message)
        #expect(
            signature.description
                == "0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd"
                + "6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c")
        #expect(message.signer(of: signature) == known.address)
        #expect(PersonalMessage("Some date").signer(of: signature) != known.address)
        var bytes = signature.bytes
        bytes[64] -= 27
        #expect(MessageSignature(bytes: bytes) == signature)
        for last in [2, 26, 29, 37, 255] as [UInt8] {
            #expect(MessageSignature(bytes: Array(bytes.dropLast()) + [last]) == nil)
        }
        #expect(MessageSignature(bytes: Array(bytes.dropLast())) == nil)
        #expect(MessageSignature(bytes: bytes + [0]) == nil)
    }

    @Test("a signature with s in the upper half is refused")
    func highS() throws {
        let signature = key.sign(PersonalMessage("x"))
        let order = try #require(
            UInt256(
                hexadecimal: "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"))
        let s = try #require(UInt256(bigEndian: signature.signature.s))
        let twin = signature.signature.r + (order &- s).bytes + [55 - signature.bytes[64]]
        #expect(MessageSignature(bytes: twin) == nil)
    }
}
