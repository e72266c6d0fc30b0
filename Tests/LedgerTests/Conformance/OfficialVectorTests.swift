import Foundation
import LedgerVectors
import Testing

@testable import Ledger

@Suite("Official vectors") struct OfficialVectorTests {
    @Test("Cancun's state tests end in the published roots", EthereumVectors.needs("state_cancun"))
    func cancun() async throws {
        try await EthereumVectors.expectAll(
            "state_cancun", atLeast: 50, every: 19, below: 20_000)
    }

    @Test("Prague's state tests end in the published roots", EthereumVectors.needs("state_prague"))
    func prague() async throws {
        try await EthereumVectors.expectAll(
            "state_prague", atLeast: 50, every: 23, below: 20_000)
    }

    @Test(
        "Cancun's slow state tests end in the published roots",
        EthereumVectors.needs("state_cancun_slow"), .enabled(if: EthereumVectors.isComplete))
    func slow() async throws {
        try await EthereumVectors.expectAll("state_cancun_slow", atLeast: 50)
    }

    @Test(
        "blocks end in the published hashes, invalid ones are refused",
        EthereumVectors.needs("blockchain_cancun"))
    func blocks() async throws {
        try await EthereumVectors.expectAll("blockchain_cancun", atLeast: 100)
    }

    @Test(
        "senders, hashes and gas of transactions are the published ones, and the rest is refused",
        EthereumVectors.needs("transaction"))
    func transactions() async throws {
        try await EthereumVectors.expectAll("transaction", atLeast: 50)
    }

    @Test("valid RLP round-trips, invalid is refused", EthereumVectors.needs("rlp"))
    func rlp() async throws { try await EthereumVectors.expectAll("rlp", atLeast: 20) }

    @Test("tries have the published roots", EthereumVectors.needs("trie"))
    func tries() async throws { try await EthereumVectors.expectAll("trie", atLeast: 6) }

    @Test("paths, the first block, an old signature", EthereumVectors.needs("basic"))
    func basics() async throws { try await EthereumVectors.expectAll("basic", atLeast: 14) }

    @Test("headers of genesis blocks are the published ones", EthereumVectors.needs("genesis"))
    func genesis() async throws { try await EthereumVectors.expectAll("genesis", atLeast: 2) }

    @Test(
        "BLS12-381: outputs, gas and refusals are the published ones",
        EthereumVectors.needs("eip2537"))
    func bls() async throws {
        try await EthereumVectors.expectAll("eip2537", atLeast: 11, every: 7)
    }

    @Test("BIP-39: words, seeds and master keys", EthereumVectors.needs("bip39"))
    func mnemonics() async throws { try await EthereumVectors.expectAll("bip39", atLeast: 50) }

    @Test("BIP-32: trees, and extended keys that are none", EthereumVectors.needs("bip32"))
    func extendedKeys() async throws { try await EthereumVectors.expectAll("bip32", atLeast: 21) }

    @Test("Wycheproof: ECDSA signatures in DER", EthereumVectors.needs("ecdsa_secp256k1"))
    func wycheproof() async throws {
        try await EthereumVectors.expectAll("ecdsa_secp256k1", atLeast: 291)
    }

    @Test("key files open", EthereumVectors.needs("keystore"))
    func keystores() async throws { try await EthereumVectors.expectAll("keystore", atLeast: 2) }

    @Test("the ABI's test", EthereumVectors.needs("abi"))
    func contractABI() async throws { try await EthereumVectors.expectAll("abi", atLeast: 1) }

    @Test("eth-account's answers are ours", EthereumVectors.needs("derived_wallet"))
    func derivedWallet() async throws {
        try await EthereumVectors.expectAll("derived_wallet", atLeast: 162)
    }

    @Test("JSON-RPC answers as geth does", EthereumVectors.needs("rpc_io"))
    func exchanges() async throws { try await EthereumVectors.expectAll("rpc_io", atLeast: 80) }
}

@Suite("Checking of vectors") struct VectorCheckTests {
    @Test("a root that is not the expected one is reported")
    func wrongRootFails() throws {
        let json = """
            {"name":"n","env":{"currentCoinbase":"0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba",
            "currentGasLimit":"0x1000000","currentNumber":"0x01","currentTimestamp":"0x03e8"},
            "pre":{"0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b":{"balance":"0x0de0b6b3a7640000",
            "code":"0x","nonce":"0x00","storage":{}}},"transaction":{"data":["0x"],
            "gasLimit":["0x5208"],"gasPrice":"0x0a","nonce":"0x00",
            "sender":"0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b",
            "to":"0x0000000000000000000000000000000000000100","value":["0x01"]},
            "post":{"Cancun":[{"indexes":{"data":0,"gas":0,"value":0},
            "hash":"0x0000000000000000000000000000000000000000000000000000000000000000",
            "logs":"0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"}]}}
            """
        let results = try #require(try StateTest.decode(Array(json.utf8)).first).run(fork: .cancun)
        #expect(results.count == 1)
        #expect(results.first?.gasUsed == 21000)
        #expect(results.first?.failure?.hasPrefix("root ") == true)
    }

    @Test("a block with another last hash is reported", EthereumVectors.needs("blockchain_cancun"))
    func wrongHashFails() throws {
        let line = try #require(
            try EthereumVectors.source("blockchain_cancun")?.documents().first)
        var test = try #require(try BlockTest.decode(line.bytes).first)
        test.lastblockhash = Hash32.zero.description
        #expect(test.run().failure?.hasPrefix("head ") == true)
    }

    @Test("files of the suites are read as packed ones are; wrong and missing cases are reported")
    func files() async throws {
        let directory = try TestDirectory()
        try Self.write(
            directory, "rlp/some/rlptest.json", #"{"dog":{"in":"dog","out":"0x83646f67"}}"#)
        try Self.write(
            directory, "rlp/invalidRLP.json", #"{"short":{"in":"INVALID","out":"0x83"}}"#)
        try Self.write(directory, "trie.json", #"{"x":{"in":{"a":"b"},"root":"0x00"}}"#)
        let rlp = try #require(VectorSource("rlp", in: directory.path))
        let good = try await #require(VectorPack.named("rlp")).run(rlp)
        #expect(good.cases == 2 && good.passed == 2, "\(good.failures)")
        let trie = try #require(VectorSource("trie", in: directory.path))
        let bad = try await #require(VectorPack.named("trie")).run(trie)
        #expect(bad.cases == 1 && bad.passed == 0)
        #expect(bad.failures.first?.contains("expected 0x00") == true)
        #expect(VectorSource("abi", in: directory.path) == nil)
        try Self.write(directory, "abi.json", "{}")
        let empty = try #require(VectorSource("abi", in: directory.path))
        #expect(await VectorPack.named("abi")?.run(empty).passed == 0)
    }

    private static func write(
        _ directory: TestDirectory, _ name: String, _ text: String
    ) throws {
        let url = URL(fileURLWithPath: directory.file(name))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }
}
