import Testing

@testable import Ledger

@Suite("Official state tests") struct StateTestTests {
    /// Files whose only point is load: minutes even for machines written in C++.
    static let heavy = ["CALLBlake2f_MaxRounds", "loopMul", "loopExp", "static_Call50000_sha256"]

    private func run(_ pack: String, _ fork: Fork, every step: Int) throws {
        var cases = 0
        var failures: [String] = []
        for line in try EthereumVectors.sample(pack, every: step, below: 20_000) {
            for test in try StateTest.decode(line) {
                let label = "\(test.file ?? "") \(test.name ?? "")"
                if Self.heavy.contains(where: { label.contains($0) }) { continue }
                for result in test.run(fork: fork) {
                    cases += 1
                    if let failure = result.failure {
                        failures.append("\(label) \(result.index): \(failure)")
                    }
                }
            }
        }
        #expect(cases > 50)
        #expect(failures.isEmpty, "\(failures.count) of \(cases): \(failures.prefix(5))")
    }

    @Test("Cancun's end in the published roots", EthereumVectors.needs("state_cancun"))
    func cancun() throws { try run("state_cancun", .cancun, every: 19) }

    @Test("Prague's end in the published roots", EthereumVectors.needs("state_prague"))
    func prague() throws { try run("state_prague", .prague, every: 23) }

    @Test(
        "Cancun's slow ones end in the published roots",
        EthereumVectors.needs("state_cancun_slow"), .enabled(if: EthereumVectors.isComplete))
    func slow() throws { try run("state_cancun_slow", .cancun, every: 1) }

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
}
