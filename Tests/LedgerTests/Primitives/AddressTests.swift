import Testing

@testable import Ledger

@Suite("Addresses") struct AddressTests {
    /// From EIP-55.
    static let checksummed = [
        "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ]

    @Test("the checksum of EIP-55 is written and checked", arguments: checksummed)
    func checksum(_ text: String) throws {
        #expect(Address(text)?.description == text)
        #expect(Address(text.lowercased())?.description == text)
    }

    @Test("a letter of the wrong case is refused") func wrongCase() {
        #expect(Address("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed") == nil)
    }

    @Test("CREATE2 addresses are those of EIP-1014")
    func create2() {
        #expect(
            Address.created(by: .zero, salt: 0, initCodeHash: Keccak256.hash([0]))
                == Address("0x4D1A2e2bB4F88F0250f26Ffff098B0b30B26BF38"))
        let creator = Address("0x00000000000000000000000000000000deadbeef") ?? .zero
        #expect(
            Address.created(
                by: creator, salt: 0xcafebabe, initCodeHash: Keccak256.hash(hex("deadbeef")))
                == Address("0x60f3f640a8508fC6a86d45DF051962668E1e8AC7"))
    }

    @Test("CREATE addresses depend on the nonce as in the well-known example") func create() {
        let creator = Address("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0") ?? .zero
        #expect(
            Address.created(by: creator, nonce: 0)
                == Address("0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"))
        #expect(
            Address.created(by: creator, nonce: 1)
                == Address("0x343c43a37d37dff08ae8c4a11544c718abb4fcf8"))
    }
}
