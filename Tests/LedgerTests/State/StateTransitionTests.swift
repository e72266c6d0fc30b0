import Testing

@testable import Ledger

@Suite("Transactions on a state") struct StateTransitionTests {
    static let sender = Address(truncating: 0xaaaa)
    static let receiver = Address(truncating: 0xbbbb)

    private func state(code: String = "") -> WorldState {
        var state = WorldState()
        state.setAccount(Self.sender, Account(balance: 1_000_000_000))
        if !code.isEmpty { state.setAccount(Self.receiver, Account(nonce: 1), code: hex(code)) }
        return state
    }

    private func block() -> BlockContext {
        var block = BlockContext()
        block.baseFee = 7
        block.coinbase = Address(truncating: 0xcccc)
        return block
    }

    private func transfer(_ value: UInt256 = 5) -> Transaction {
        var transaction = Transaction(.dynamicFee)
        transaction.chainID = 1
        transaction.gasLimit = 100_000
        transaction.maxFeePerGas = 10
        transaction.maxPriorityFeePerGas = 2
        transaction.to = Self.receiver
        transaction.value = value
        return transaction
    }

    @Test("a transfer moves value, burns the base fee and tips the coinbase") func transfers()
        throws
    {
        var state = state()
        var transition = StateTransition(rules: Fork.cancun.rules, block: block())
        let result = try transition.execute(transfer(), from: Self.sender, on: &state)
        #expect(result.gasUsed == 21000)
        #expect(result.effectiveGasPrice == 9)
        #expect(state.account(Self.receiver)?.balance == 5)
        #expect(
            state.account(Self.sender)?.balance == UInt256(1_000_000_000 - 5 - 9 * 21000 as UInt64))
        #expect(state.account(Self.sender)?.nonce == 1)
        #expect(state.account(Address(truncating: 0xcccc))?.balance == 42000)
    }

    @Test("a zero tip brings no coinbase account to life") func zeroTip() throws {
        var state = state()
        var transition = StateTransition(rules: Fork.cancun.rules, block: block())
        var transaction = transfer(0)
        transaction.maxPriorityFeePerGas = 0
        _ = try transition.execute(transaction, from: Self.sender, on: &state)
        #expect(state.account(Address(truncating: 0xcccc)) == nil)
        #expect(state.account(Self.receiver) == nil)
    }

    @Test("what cannot be in a block changes nothing and says why") func refusals() {
        let cases: [(TransactionError, (inout Transaction) -> Void)] = [
            (.nonceTooHigh(next: 0, found: 3), { $0.nonce = 3 }),
            (.wrongChain(expected: 1, found: 2), { $0.chainID = 2 }),
            (.feeBelowBaseFee(base: 7, cap: 6), { $0.maxFeePerGas = 6 }),
            (.tipAboveFee(tip: 11, cap: 10), { $0.maxPriorityFeePerGas = 11 }),
            (.intrinsicGasTooLow(needed: 21000, limit: 20999), { $0.gasLimit = 20999 }),
            (
                .gasLimitAboveBlock(limit: 30_000_001, block: 30_000_000),
                { $0.gasLimit = 30_000_001 }
            ),
            (
                .insufficientFunds(balance: 1_000_000_000, needed: 1_000_000_001),
                { $0.value = 999_000_001 }
            ),
            (.insufficientFunds(balance: 1_000_000_000, needed: nil), { $0.value = .max }),
            (.unsupportedKind(4), { $0.kind = .setCode }),
        ]
        for (error, change) in cases {
            var state = state()
            let root = state.root()
            var transition = StateTransition(rules: Fork.cancun.rules, block: block())
            var transaction = transfer()
            change(&transaction)
            #expect(throws: error) {
                _ = try transition.execute(transaction, from: Self.sender, on: &state)
            }
            #expect(state.root() == root)
        }
    }

    @Test("a revert keeps fee and nonce and nothing else") func reverts() throws {
        // SSTORE, LOG0, REVERT.
        var state = state(code: "600160005560006000a060006000fd")
        var transition = StateTransition(rules: Fork.cancun.rules, block: block())
        let result = try transition.execute(transfer(), from: Self.sender, on: &state)
        #expect(result.halt == .reverted)
        #expect(result.logs.isEmpty)
        #expect(state.storage(0, of: Self.receiver) == 0)
        #expect(state.account(Self.receiver)?.balance == 0)
        #expect(state.account(Self.sender)?.nonce == 1)
        let fee = UInt256(9 * UInt64(result.gasUsed))
        #expect(state.account(Self.sender)?.balance == 1_000_000_000 &- fee)
    }

    @Test("the root after many transactions is that of a state built at once") func incremental()
        throws
    {
        // Stores the call value at the slot of the caller's nonce: CALLVALUE, NUMBER … kept simple.
        var state = state(code: "346000355500")
        var transition = StateTransition(rules: Fork.cancun.rules, block: block())
        for nonce in 0..<20 as Range<UInt64> {
            var transaction = transfer(UInt256(nonce % 3))
            transaction.nonce = nonce
            transaction.input = UInt256(nonce % 7).bytes
            _ = try transition.execute(transaction, from: Self.sender, on: &state)
            _ = state.root()
        }
        var fresh = WorldState()
        for address in state.addresses {
            let account = try #require(state.account(address))
            let storage = (0..<7).map {
                (key: UInt256($0), value: state.storage(UInt256($0), of: address))
            }
            fresh.setAccount(
                address, account, code: address == Self.receiver ? hex("346000355500") : [],
                storage: storage.filter { !$0.value.isZero })
        }
        #expect(state.root() == fresh.root())
    }

    @Test("Prague charges call data its floor") func floor() throws {
        var transaction = transfer()
        transaction.input = [UInt8](repeating: 1, count: 100)
        var state = state()
        var transition = StateTransition(rules: Fork.prague.rules, block: block())
        let result = try transition.execute(transaction, from: Self.sender, on: &state)
        #expect(result.gasUsed == 21000 + 100 * 40)
    }
}
