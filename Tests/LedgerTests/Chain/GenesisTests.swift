import Testing

@testable import Ledger

@Suite("Genesis and supply") struct GenesisTests {
    @Test("a file that is written reads the same") func roundTrip() throws {
        var genesis = TestChain.genesis()
        genesis.supply = .standard
        genesis.feePolicy = .fixed(7)
        genesis.forks.pragueTime = 99
        genesis.extraData = [1, 2]
        genesis.validators = [.init(address: TestChain.address(0), stake: 5, peer: "12D3")]
        genesis.nativeContracts = NativeContracts.known.map(\.name)
        genesis.allocations[TestChain.address(1)]?.storage = [1: 2]
        genesis.allocations[TestChain.address(1)]?.code = [0xfe]
        #expect(try Genesis(json: genesis.json) == genesis)
    }

    @Test(
        "a file with something wrong is refused with the field's name",
        arguments: [
            (#"{"alloc":{"0x12":{}}}"#, "alloc"),
            (#"{"alloc":{},"gasLimit":"0xzz"}"#, "gasLimit"),
            (#"{"alloc":{},"config":{"chainId":"x"}}"#, "config.chainId"),
            (#"{"alloc":{},"mixHash":"0x12"}"#, "mixHash"),
            (#"{"alloc":{},"config":{"psic":{"feePolicy":"free"}}}"#, "config.psic.feePolicy"),
            (#"{}"#, "alloc"), ("[", "file"), ("", "file"),
        ])
    func malformed(_ json: String, _ field: String) {
        do throws(GenesisError) {
            _ = try Genesis(json: json.utf8)
            Issue.record("took \(json)")
        } catch {
            #expect("\(error)".contains(field), "\(error)")
        }
    }

    @Test("no chain starts with more coins than its rules leave") func supply() throws {
        var genesis = Genesis(chainID: 1)
        genesis.supply = .standard
        let half: UInt256 = 10_500_000 &* SupplyRules.coin
        genesis.allocations[.zero] = .init(balance: half)
        try genesis.check()
        genesis.allocations[.zero] = .init(balance: half &+ 1)
        #expect(throws: GenesisError.allocatedTooMuch(half &+ 1, most: half)) {
            try genesis.check()
        }
        genesis.allocations[.zero] = .init(balance: .max)
        genesis.allocations[Address(truncating: 1)] = .init(balance: 2)
        #expect(throws: GenesisError.allocatedTooMuch(.max, most: half)) { try genesis.check() }
    }

    @Test("rewards are 50 until the reserve is gone, with block 210,000") func rewards() {
        let rules = SupplyRules.standard
        let reward: UInt256 = 50 &* SupplyRules.coin
        #expect(rules.reward(of: 0) == .zero)
        #expect(rules.reward(of: 1) == reward)
        #expect(rules.reward(of: 210_000) == reward)
        #expect(rules.reward(of: 210_001) == .zero)
        #expect(rules.released(through: .max) == rules.reserve)
    }

    @Test("rewards halve while a larger reserve lasts, and never pass it") func halving() {
        let rules = SupplyRules(cap: 1000, reserve: 700, initialReward: 8, halvingInterval: 50)
        let rewards = [1, 50, 51, 100, 101, 150].map { rules.reward(of: $0) }
        #expect(rewards == [8, 8, 4, 4, 2, 2])
        // 700 of the 800 that the series would come to: all eras to the last, of which a part.
        #expect(rules.released(through: 150) == 700)
        #expect(rules.reward(of: 151) == .zero)
        var sum = UInt256.zero
        for number in 1...400 as ClosedRange<UInt64> { sum = sum &+ rules.reward(of: number) }
        #expect(sum == rules.released(through: 400))
        #expect(sum == 700)
    }

    @Test("a beneficiary gets the reward") func beneficiary() async throws {
        var genesis = TestChain.genesis()
        genesis.supply = .standard
        var test = try TestChain(genesis)
        try await test.mine([])
        try await test.mine([test.sign(0, to: .zero)])
        let account = try test.chain.state(at: .latest).account(Address(truncating: 0xbe))
        #expect(account?.balance == 100 &* SupplyRules.coin)
        #expect(try ChainCheck.run(test.chain.store, executing: true).failures == [])
    }

    @Test("the base fee follows EIP-1559's examples, or stays") func fees() {
        var parent = BlockHeader()
        parent.gasLimit = 20_000_000
        for (used, expected) in [
            (10_000_000, 1_000_000_000), (20_000_000, 1_125_000_000), (0, 875_000_000),
        ] as [(UInt64, UInt256)] {
            parent.gasUsed = used
            parent.baseFeePerGas = 1_000_000_000
            #expect(FeePolicy.eip1559.baseFee(after: parent) == expected)
            #expect(FeePolicy.fixed(3).baseFee(after: parent) == 3)
        }
        parent.baseFeePerGas = .zero
        parent.gasUsed = 20_000_000
        #expect(FeePolicy.eip1559.baseFee(after: parent) == 1)
    }

    @Test("a genesis of many accounts is written in portions, with the same root")
    func portions() throws {
        var genesis = TestChain.genesis()
        for number in 0..<300 {
            genesis.allocations[Address(truncating: UInt256(UInt64(number * 7 + 100)))] = .init(
                balance: 1)
        }
        let test = try TestChain(genesis)
        var state = WorldState()
        state.apply(genesis.changes)
        #expect(test.chain.head.header.stateRoot == state.root())
    }
}
