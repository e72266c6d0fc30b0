import PeerKit
import Testing

@testable import Ledger

@Suite("Derivation of keys (BIP-32, BIP-44)") struct DerivationTests {
    static let words =
        "test test test test test test test test test test test junk"

    /// The accounts that Hardhat and anvil print.
    @Test("the accounts everybody knows")
    func knownAccounts() throws {
        let mnemonic = try Mnemonic(phrase: Self.words)
        let expected = [
            "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
            "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
            "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
        ]
        for (index, address) in expected.enumerated() {
            #expect(try mnemonic.account(UInt32(index)).address.description == address)
        }
        #expect(
            try mnemonic.account(0).withBytes { Hexadecimal.data($0) }
                == "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
    }

    /// BIP-32, test vector 3: a private key with leading zeros, which are part of it.
    @Test("leading zeros are kept")
    func leadingZeros() throws {
        let seed = hex(
            "4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4acba45d239319ac14f863b8d5ab5a0d0c64d2e8a1e7d1457df2e5a3c51c73235be"
        )
        let master = try ExtendedPrivateKey(seed: seed)
        #expect(
            master.text
                == "xprv9s21ZrQH143K25QhxbucbDDuQ4naNntJRi4KUfWT7xo4EKsHt2QJDu7KXp1A3u7Bi1j8ph3EGsZ9Xvz9dGuVrtHHs7pXeTzjuxBrCmmhgC6"
        )
        #expect(
            try master.derived(at: BIP32Path("m/0'")).text
                == "xprv9uPDJpEQgRQfDcW7BkF7eTya6RPxXeJCqCJGHuCJ4GiRVLzkTXBAJMu2qaMWPrS7AANYqdq6vcBcBUdJCVVFceUvJFjaPdGZ2y9WACViL4L"
        )
    }

    @Test("public children are those of private ones, unless they are hardened")
    func publicDerivation() throws {
        let account = try ExtendedPrivateKey(seed: Array(0..<64)).derived(
            at: BIP32Path("m/44'/60'/0'"))
        let path = try BIP32Path("m/0/7")
        let key = try account.derived(at: path)
        #expect(try account.publicKey.derived(at: path) == key.publicKey)
        #expect(try account.publicKey.derived(at: path).publicKey == key.privateKey.publicKey)
        #expect(throws: ExtendedKeyError.hardenedFromPublic) {
            try account.publicKey.child(BIP32Path.hardened)
        }
        #expect(key.depth == 5 && key.step == 7)
    }

    @Test("a tree ends 255 steps below its root")
    func depth() throws {
        var key = try ExtendedPrivateKey(seed: Array(0..<16))
        for _ in 0..<255 { key = try key.child(0) }
        #expect(throws: ExtendedKeyError.tooDeep) { try key.child(0) }
        #expect(throws: ExtendedKeyError.tooDeep) { try key.publicKey.child(0) }
        #expect(throws: BIP32PathError.tooLong) {
            try BIP32Path("m" + String(repeating: "/0", count: 2550))
        }
        #expect(throws: BIP32PathError.tooLong) {
            try BIP32Path(steps: Array(repeating: 0, count: 256))
        }
    }

    @Test("seeds of other lengths are refused", arguments: [0, 15, 65, 640])
    func seedLength(_ count: Int) {
        #expect(throws: ExtendedKeyError.seedLength(count)) {
            try ExtendedPrivateKey(seed: [UInt8](repeating: 1, count: count))
        }
    }

    @Test("any changed character makes an extended key none")
    func checksum() throws {
        let text = try ExtendedPrivateKey(seed: Array(0..<64)).text
        for index in text.indices {
            var changed = text
            changed.replaceSubrange(index...index, with: text[index] == "x" ? "y" : "x")
            #expect(throws: ExtendedKeyError.self) { try ExtendedPrivateKey(changed) }
        }
        #expect(throws: ExtendedKeyError.encoding) { try ExtendedPrivateKey("") }
        #expect(throws: ExtendedKeyError.encoding) {
            try ExtendedPrivateKey(String(repeating: "x", count: 11_200))
        }
        // Bitcoin's test network, which has its own version.
        #expect(throws: ExtendedKeyError.version(0x0435_8394)) {
            try ExtendedPrivateKey(
                "tprv8ZgxMBicQKsPeDgjzdC36fs6bMjGApWDNLR9erAXMs5skhMv36j9MV5ecvfavji5khqjWaWSFhN3YcCUUdiKH6isR4Pwy3U5y5egddBr16m"
            )
        }
    }

    @Test("paths are read as wallets write them, and nothing else")
    func paths() throws {
        #expect(try BIP32Path("m").steps.isEmpty)
        #expect(try BIP32Path("m/44h/60H/0'/0/5") == .account(5))
        #expect("\(BIP32Path.account(5))" == "m/44'/60'/0'/0/5")
        #expect(try BIP32Path("m/2147483647'").steps == [.max])
        for bad in [
            "", "/", "m/", "n/0", "m//0", "m/-1", "m/+1", "m/0x1", "m/1''", "m/'", "m/ 1",
            "m/2147483648", "m/99999999999999999999", "0/1", "m/١",
        ] {
            #expect(throws: BIP32PathError.malformed, "\(bad)") { try BIP32Path(bad) }
        }
    }

    @Test("nothing of a key is shown")
    func hidden() throws {
        let key = try ExtendedPrivateKey(seed: Array(0..<64))
        var dumped = ""
        dump(key, to: &dumped)
        #expect("\(key)" == "ExtendedPrivateKey(hidden)")
        #expect(!dumped.contains("chainCode") && !dumped.contains("xprv"))
    }
}
