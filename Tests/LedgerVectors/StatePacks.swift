import Ledger

extension VectorPack {
    static let stateCancun = state("state_cancun", .cancun)
    static let stateCancunSlow = state("state_cancun_slow", .cancun)
    static let statePrague = state("state_prague", .prague)

    /// Files whose only point is load: minutes even for machines written in C++.
    private static let heavy = [
        "CALLBlake2f_MaxRounds", "loopMul", "loopExp", "static_Call50000_sha256",
    ]

    private static func state(_ name: String, _ fork: Fork) -> VectorPack {
        VectorPack(name) { source, report in
            for document in try source.documents() {
                for test in try StateTest.decode(document.bytes) {
                    let label = "\(test.file ?? document.file) \(test.name ?? "")"
                    if heavy.contains(where: { label.contains($0) }) {
                        report.leaveOut("pure load")
                        continue
                    }
                    for result in test.run(fork: fork) {
                        report.record("\(label) \(result.index)", failure: result.failure)
                    }
                }
            }
        }
    }

    static let blockchain = VectorPack("blockchain_cancun") { source, report in
        for document in try source.documents() {
            for test in try BlockTest.decode(document.bytes) {
                guard test.forks != nil else {
                    report.leaveOut("rules older than Cancun's")
                    continue
                }
                report.record(
                    "\(test.file ?? document.file) \(test.name ?? "")",
                    failure: test.run().failure)
            }
        }
    }

    static let transaction = VectorPack("transaction") { entry in
        let results = try needed(entry.test["result"], "result")
        let expected = try needed(results["Cancun"] ?? results["London"], "result of Cancun")
        let bytes = Hexadecimal.bytes(entry.test["txbytes"]?.text ?? "") ?? []
        let signed = try? SignedTransaction(decoding: bytes)
        // A chain id is what replay protection has; without one any chain takes it.
        let gas = try? signed?.checkFields(rules: Fork.cancun.rules, chainID: 1)
        if let exception = expected["exception"]?.text {
            let isPayable = signed.flatMap { TransactionCheck.cost($0.transaction) } != nil
            if gas != nil, isPayable { throw VectorMismatch("took \(exception)") }
            return
        }
        try same(signed?.hash.description, try expected.text("hash"), "hash")
        let sender = Address(try expected.text("sender").lowercased())
        try same(signed?.sender, sender, "sender")
        try same(
            gas.map { UInt256(UInt64($0.gas)) }, try expected.number("intrinsicGas"), "gas")
    }

    static let genesis = VectorPack("genesis") { entry in
        let genesis = try Genesis(json: Array(entry.test.serialized.utf8))
        let header = genesis.block().header
        // A block of that time has ommers and no withdrawals.
        let old = Block(header: header, transactions: [], withdrawals: nil)
        try same(Hexadecimal.digits(of: old.encoded), try entry.test.text("result"), "block")
    }

    static let bls = VectorPack("eip2537") { entry in
        let names: [(String, UInt64)] = [
            ("add_g1", 0x0b), ("msm_g1", 0x0c), ("mul_g1", 0x0c), ("add_g2", 0x0d),
            ("msm_g2", 0x0e), ("mul_g2", 0x0e), ("pairing", 0x0f), ("map_fp_", 0x10),
            ("map_fp2_", 0x11),
        ]
        let file = entry.file.lowercased()
        let number = try needed(names.first { file.contains($0.0) }?.1, "precompile")
        let input = try entry.test.bytes("Input")
        let outcome = Precompile.run(number, input, gas: .max)
        guard let expected = entry.test["Expected"]?.text else {
            if outcome.halt.isSuccess { throw VectorMismatch("took what must fail") }
            return
        }
        try same(Hexadecimal.digits(of: outcome.output), expected, "output")
        let gas = try needed(entry.test["Gas"]?.count, "gas")
        try same(Int64.max - outcome.gasLeft, Int64(gas), "gas")
    }
}
