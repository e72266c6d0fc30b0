import Testing

@testable import Ledger

@Suite("Calls and logs") struct CallTests {
    private let contract = Address.created(by: TestChain.address(0), nonce: 0)

    private func chain() async throws -> TestChain {
        var test = try TestChain()
        try await test.mine([
            test.sign(0, to: nil, value: 0, input: TestChain.creating(TestChain.storing))
        ])
        return test
    }

    private func store(_ value: UInt64, at slot: UInt64) -> [UInt8] {
        UInt256(value).bytes + UInt256(slot).bytes
    }

    @Test("a call sees the state, and leaves nothing behind") func calls() async throws {
        var test = try await chain()
        try await test.mine([test.sign(0, to: contract, value: 0, input: store(5, at: 1))])
        var request = CallRequest()
        request.to = contract
        request.input = store(9, at: 1)
        let result = try test.chain.call(request)
        #expect(result.halt.isSuccess && result.logs.count == 1)
        #expect(result.accessed.contains { $0.address == contract && $0.slots == [1] })
        #expect(try test.chain.state(at: .latest).storage(1, of: contract) == 5)
    }

    @Test("needs value but no gas money, unless a price is given") func money() async throws {
        let test = try await chain()
        var request = CallRequest()
        request.from = Address(truncating: 0xabc)
        request.to = contract
        request.input = store(9, at: 1)
        #expect(try test.chain.call(request).halt.isSuccess)
        request.gasPrice = 1
        request.gas = 100_000
        #expect(
            throws: ChainError.call(.insufficientFunds(balance: .zero, needed: 100_000))
        ) { _ = try test.chain.call(request) }
        var overrides = StateOverrides()
        overrides.accounts[request.from] = .init()
        overrides.accounts[request.from]?.balance = 100_000
        #expect(try test.chain.call(request, overrides: overrides).halt.isSuccess)
        request.gas = 20_999
        #expect(throws: ChainError.self) { _ = try test.chain.call(request) }
    }

    @Test("sees accounts and the block as it asks for") func overrides() async throws {
        let test = try await chain()
        // TIMESTAMP, SLOAD(3) and SELFBALANCE, returned.
        let code = Hexadecimal.bytes("42600052600354602052476040526060" + "6000f3") ?? []
        var change = StateOverrides.Change()
        change.code = code
        change.stateDifference = [3: 33]
        change.balance = 77
        var block = BlockOverrides()
        block.timestamp = 12345
        var request = CallRequest()
        request.to = contract
        let result = try test.chain.call(
            request, overrides: StateOverrides(accounts: [contract: change]), block: block)
        let words = stride(from: 0, to: 96, by: 32).map {
            UInt256(bigEndian: result.output[$0..<$0 + 32])
        }
        #expect(words == [12345, 33, 77])
    }

    @Test("a creation answers what its code returns") func creation() async throws {
        let test = try await chain()
        var request = CallRequest()
        request.input = TestChain.creating([1, 2, 3])
        #expect(try test.chain.call(request).output == [1, 2, 3])
    }

    @Test("logs are found by address, topic and place, and only these") func logs() async throws {
        var test = try await chain()
        for value in 0..<6 as Range<UInt64> {
            try await test.mine([
                test.sign(0, to: .zero),
                test.sign(1, to: contract, value: 0, input: store(value, at: value % 2)),
            ])
        }
        let all = LogFilter.Range.blocks(from: .earliest, to: .latest)
        #expect(try test.chain.logs(LogFilter(range: all)).count == 6)
        let ones = try test.chain.logs(
            LogFilter(range: all, addresses: [contract], topics: [[1]]))
        #expect(ones.map(\.blockNumber) == [3, 5, 7])
        #expect(ones.allSatisfy { $0.transactionIndex == 1 && $0.logIndex == 0 })
        #expect(ones.map { UInt256(bigEndian: $0.log.data) } == [1, 3, 5])
        #expect(try test.chain.logs(LogFilter(range: all, topics: [[0, 1]])).count == 6)
        #expect(try test.chain.logs(LogFilter(range: all, topics: [[], [1]])).isEmpty)
        #expect(try test.chain.logs(LogFilter(range: all, addresses: [.zero])).isEmpty)
        let block = try #require(try test.chain.block(.number(4)))
        #expect(try test.chain.logs(LogFilter(range: .block(block.hash))).count == 1)
        let late = LogFilter.Range.blocks(from: .number(6), to: .number(1 << 40))
        #expect(try test.chain.logs(LogFilter(range: late)).count == 2)
    }

    @Test("a filter that asks for too much is refused") func limits() async throws {
        let test = try await chain()
        let all = LogFilter.Range.blocks(from: .earliest, to: .latest)
        let many = [Address](repeating: .zero, count: 10 * ChainLimits.filterAlternatives)
        #expect(throws: ChainError.self) {
            _ = try test.chain.logs(LogFilter(range: all, addresses: many))
        }
        #expect(throws: ChainError.self) {
            _ = try test.chain.logs(
                LogFilter(range: all, topics: [[UInt256]](repeating: [], count: 40)))
        }
        #expect(throws: ChainError.emptyRange(from: 1, to: 0)) {
            _ = try test.chain.logs(LogFilter(range: .blocks(from: .latest, to: .earliest)))
        }
        #expect(throws: ChainError.unknownBlock(.number(9))) {
            _ = try test.chain.logs(LogFilter(range: .blocks(from: .number(9), to: .latest)))
        }
    }
}
