#if canImport(FoundationEssentials)
import FoundationEssentials
#endif

/// A case file of the official state tests (ethereum/tests, "GeneralStateTests").
package struct StateTest: Decodable, Sendable {
    package struct Environment: Decodable, Sendable {
        var currentBaseFee: String?
        var currentCoinbase: String
        var currentExcessBlobGas: String?
        var currentGasLimit: String
        var currentNumber: String
        var currentRandom: String?
        var currentTimestamp: String
    }

    package struct PreAccount: Decodable, Sendable {
        package var balance: String
        package var nonce: String
        package var code: String
        package var storage: [String: String]
    }

    struct AccessEntry: Decodable, Sendable {
        var address: String
        var storageKeys: [String]
    }

    struct Authorization: Decodable, Sendable {
        var chainId: String
        var address: String
        var nonce: String
        var v: String?
        var yParity: String?
        var r: String
        var s: String
    }

    package struct Fields: Decodable, Sendable {
        var accessLists: [[AccessEntry]?]?
        var authorizationList: [Authorization]?
        var blobVersionedHashes: [String]?
        var data: [String]
        var gasLimit: [String]
        var gasPrice: String?
        var maxFeePerBlobGas: String?
        var maxFeePerGas: String?
        var maxPriorityFeePerGas: String?
        var nonce: String
        var sender: String
        var to: String?
        var value: [String]
    }

    struct Indexes: Decodable, Sendable {
        var data: Int
        var gas: Int
        var value: Int
    }

    package struct Expected: Decodable, Sendable {
        var indexes: Indexes
        var hash: String
        var logs: String
        var expectException: String?
    }

    struct Configuration: Decodable, Sendable {
        var chainid: String?
    }

    package var name: String?
    package var file: String?
    package var env: Environment
    package var pre: [String: PreAccount]
    package var transaction: Fields
    package var post: [String: [Expected]]
    var config: Configuration?

    /// Reads one test, or a file of several by name as the suites have them.
    package static func decode(_ bytes: some Sequence<UInt8>) throws -> [StateTest] {
        let data = Data(bytes)
        let decoder = JSONDecoder()
        if let single = try? decoder.decode(StateTest.self, from: data) { return [single] }
        let named = try decoder.decode([String: StateTest].self, from: data)
        return named.sorted { $0.key < $1.key }.map { name, test in
            var test = test
            test.name = name
            return test
        }
    }
}
