import Testing

@testable import Ledger

@Suite("Chain") struct ChainTests {
    @Test("begins with the genesis that its file says") func genesis() throws {
        let test = try TestChain()
        #expect(test.chain.head.hash == test.genesis.block().hash)
        let state = try test.chain.state(at: .latest)
        #expect(state.account(TestChain.address(2))?.balance == TestChain.rich)
    }

    @Test("takes the blocks it builds, and finds all of them again") func importing() async throws {
        var test = try TestChain()
        let to = Address(truncating: 0x1234)
        let first = try await test.mine([test.sign(0, to: to, value: 7), test.sign(1, to: to)])
        let second = try await test.mine([test.sign(0, to: to)])
        let chain = test.chain
        #expect(chain.head == second)
        #expect(try chain.block(.number(1)) == first)
        #expect(try chain.block(.hash(first.hash)) == first)
        #expect(try chain.block(.number(3)) == nil)
        #expect(try chain.state(at: .latest).account(to)?.balance == 9)
        let found = try #require(try chain.transaction(first.transactions[1].hash))
        #expect(found.0 == first && found.1 == 1)
        #expect(found.0.transactions.map(\.sender) == [0, 1].map(TestChain.address))
        let receipts = try #require(try chain.receipts(of: first.hash))
        #expect(receipts.map(\.gasUsed) == [21000, 21000])
        #expect(receipts.map(\.cumulativeGasUsed) == [21000, 42000])
        #expect(Receipt.root(of: receipts) == first.header.receiptsRoot)
        #expect(try ChainCheck.run(chain.store, executing: true).failures == [])
    }

    @Test("executes others' blocks as its own, to the byte") func following() async throws {
        var test = try TestChain()
        let follower = try TestChain()
        for _ in 0..<3 {
            let block = try await test.mine([
                test.sign(0, to: nil, value: 0, input: TestChain.creating(TestChain.storing))
            ])
            try await follower.chain.importBlock(Block(decoding: block.encoded))
        }
        #expect(follower.chain.head == test.chain.head)
        let (a, b) = (test.chain, follower.chain)
        #expect(try a.receipts(of: a.head.hash) == b.receipts(of: b.head.hash))
    }

    @Test("refuses a block with anything wrong, and is as it was") func invalid() async throws {
        var test = try TestChain()
        let built = try await test.chain.buildBlock(
            from: [test.sign(0, to: .zero)], timestamp: 1_700_000_001, beneficiary: .zero)
        let genesis = test.chain.head
        let changes: [(BlockError, (inout BlockHeader) -> Void)] = [
            (
                .stateRoot(expected: .zero, found: built.block.header.stateRoot),
                { $0.stateRoot = .zero }
            ),
            (.notNext(parent: .zero, head: genesis.hash), { $0.parentHash = .zero }),
            (.number(expected: 1, found: 2), { $0.number = 2 }),
            (
                .timestamp(parent: 1_700_000_000, found: 1_700_000_000),
                { $0.timestamp = 1_700_000_000 }
            ),
            (.gasUsed(expected: 21001, found: 21000), { $0.gasUsed = 21001 }),
            (.baseFee(expected: .zero, found: 1), { $0.baseFeePerGas = 1 }),
            (.extraData(bytes: 33), { $0.extraData = [UInt8](repeating: 0, count: 33) }),
            (.mining, { $0.nonce = 1 }),
            (.fields(.cancun), { $0.requestsHash = .emptyRequests }),
            (.fields(.cancun), { $0.parentBeaconBlockRoot = nil }),
            (.gasLimit(parent: 30_000_000, found: 31_000_000), { $0.gasLimit = 31_000_000 }),
            (
                .receiptsRoot(expected: .zero, found: built.block.header.receiptsRoot),
                { $0.receiptsRoot = .zero }
            ),
            (.logsBloom, { $0.logsBloom.insert([1]) }),
        ]
        for (error, change) in changes {
            var header = built.block.header
            change(&header)
            let block = Block(header: header, transactions: built.block.transactions)
            await #expect(throws: error) { try await test.chain.importBlock(block) }
        }
        // The block that was built, but without its transactions.
        await #expect(
            throws: BlockError.transactionsRoot(
                expected: built.block.header.transactionsRoot, found: .emptyTrie)
        ) { try await test.chain.importBlock(Block(header: built.block.header)) }
        #expect(test.chain.head == genesis)
        #expect(try ChainCheck.run(test.chain.store).failures == [])
        try await test.chain.importBlock(built.block)
        #expect(test.chain.head == built.block)
    }

    @Test("leaves out of a block what can't be in it, and says why") func refusals() async throws {
        var test = try TestChain()
        let good = test.sign(0, to: .zero)
        let poor = test.sign(77, to: .zero, value: 5)
        let early = {
            _ = test.sign(1, to: .zero)
            return test.sign(1, to: .zero)
        }()
        let large = test.sign(2, to: .zero, gas: 29_990_000)
        let huge = test.sign(3, to: .zero, gas: 30_000_001)
        let built = try await test.chain.buildBlock(
            from: [good, poor, early, large, huge], timestamp: 1_800_000_000, beneficiary: .zero)
        #expect(built.block.transactions == [good])
        #expect(
            built.refused.map(\.reason) == [
                .insufficientFunds(balance: .zero, needed: 5), .nonceTooHigh(next: 0, found: 1),
                nil, .gasLimitAboveBlock(limit: 30_000_001, block: 30_000_000),
            ])
    }

    @Test("a chain that is opened again is the same, and goes on") func reopening() async throws {
        var test = try TestChain()
        try await test.mine([test.sign(0, to: .zero)])
        let head = test.chain.head
        try await test.reopen()
        #expect(test.chain.head == head)
        try await test.mine([test.sign(0, to: .zero)])
        #expect(test.chain.head.number == 2)
        #expect(try ChainCheck.run(test.chain.store, executing: true).failures == [])
    }

    @Test("does not go on with another genesis") func otherGenesis() async throws {
        let test = try TestChain()
        var other = test.genesis
        other.chainID += 1
        #expect(
            throws: ChainError.otherChain(
                stored: test.chain.head.hash, expected: other.block().hash)
        ) { _ = try ChainStore(test.chain.store.store, genesis: other) }
    }

    @Test("tells subscribers of each head, and ends when it is closed") func events() async throws {
        var test = try TestChain()
        let events = test.chain.events()
        for _ in 0..<3 { try await test.mine([test.sign(0, to: .zero)]) }
        await test.chain.close()
        var numbers: [UInt64] = []
        for await case .head(let block, let receipts) in events {
            numbers.append(block.number)
            #expect(receipts.count == 1)
        }
        #expect(numbers == [1, 2, 3])
        await #expect(throws: BlockError.store(.closed)) {
            _ = try await test.chain.buildBlock(from: [], timestamp: 0, beneficiary: .zero)
        }
    }

    @Test("a slow subscriber loses the oldest and not the chain its memory")
    func slowSubscriber() async throws {
        let subscribers = ChainSubscribers()
        let stream = subscribers.subscribe()
        let block = TestChain.genesis().block()
        for number in 0..<10 * ChainLimits.pendingEvents {
            var header = block.header
            header.number = UInt64(number)
            subscribers.send(.head(Block(header: header), []))
        }
        subscribers.finish()
        var numbers: [UInt64] = []
        for await case .head(let block, _) in stream { numbers.append(block.number) }
        #expect(numbers.count == ChainLimits.pendingEvents)
        #expect(numbers.last == UInt64(10 * ChainLimits.pendingEvents - 1))
    }
}
