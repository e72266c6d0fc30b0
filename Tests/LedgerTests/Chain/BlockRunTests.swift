import Crypto
import Testing

@testable import Ledger

@Suite("What a block does besides its transactions") struct BlockRunTests {
    /// SSTORE(1, CALLDATALOAD(0)): keeps what it is called with.
    private static let keeping = Hexadecimal.bytes("60003560015500") ?? []

    private func outcome(
        _ code: [UInt8], at contract: Address, fork: Fork, withdrawals: [Withdrawal] = [],
        supply: SupplyRules? = nil
    ) -> BlockOutcome {
        var state = WorldState()
        state.setAccount(contract, Account(nonce: 1), code: code)
        var header = BlockHeader()
        header.number = 1
        header.gasLimit = 30_000_000
        header.parentHash = Hash32(word: 0xaa)
        header.parentBeaconBlockRoot = Hash32(word: 0xbb)
        header.beneficiary = Address(truncating: 0xbe)
        let rules = ChainRules(
            chainID: 1, forks: ForkSchedule(pragueTime: fork == .prague ? 0 : nil),
            supply: supply)
        return BlockRun(header, rules: rules, on: state).finish(withdrawals)
    }

    private func slot(_ outcome: BlockOutcome, of contract: Address) -> UInt256? {
        outcome.changes.accounts.first { $0.address == contract }?.storage.first?.value
    }

    @Test("tells the beacon's root to its contract (EIP-4788)") func beaconRoot() {
        let contract = SystemContract.beaconRoots
        #expect(slot(outcome(Self.keeping, at: contract, fork: .cancun), of: contract) == 0xbb)
    }

    @Test("tells the parent's hash to its contract from Prague on (EIP-2935)") func history() {
        let contract = SystemContract.history
        #expect(slot(outcome(Self.keeping, at: contract, fork: .cancun), of: contract) == nil)
        #expect(slot(outcome(Self.keeping, at: contract, fork: .prague), of: contract) == 0xaa)
    }

    @Test("collects requests from Prague on (EIP-7685)") func requests() {
        // MSTORE8(0, 0xff); RETURN(0, 1)
        let code = Hexadecimal.bytes("60ff60005360016000f3") ?? []
        let contract = SystemContract.consolidations
        #expect(outcome(code, at: contract, fork: .cancun).requestsHash == nil)
        let inner = Array(SHA256.hash(data: [2, 0xff] as [UInt8]))
        let expected = Hash32(Array(SHA256.hash(data: inner)))
        #expect(outcome(code, at: contract, fork: .prague).requestsHash == expected)
        #expect(outcome([], at: contract, fork: .prague).requestsHash == .emptyRequests)
    }

    @Test("pays withdrawals in gigawei, and makes no account of nothing (EIP-4895)")
    func withdrawals() {
        let rich = Address(truncating: 0x1001)
        let found = outcome(
            [], at: .zero, fork: .cancun,
            withdrawals: [
                .init(index: 0, validator: 0, address: rich, gigawei: 3),
                .init(index: 1, validator: 0, address: rich, gigawei: 4),
                .init(index: 2, validator: 0, address: Address(truncating: 9), gigawei: 0),
            ])
        #expect(found.changes.accounts.map(\.address) == [rich])
        #expect(found.changes.accounts.first?.account?.balance == 7_000_000_000)
    }

    @Test("pays the reward to the beneficiary") func reward() {
        let found = outcome([], at: .zero, fork: .cancun, supply: .standard)
        #expect(found.changes.accounts.map(\.address) == [Address(truncating: 0xbe)])
        #expect(found.changes.accounts.first?.account?.balance == 50 &* SupplyRules.coin)
    }

    @Test("changes that are undone within a block are none") func undone() {
        let address = Address(truncating: 0x55)
        var world = WorldState()
        world.setAccount(address, Account(nonce: 1), storage: [(1, 5)])
        var state = BlockState(world)
        state.apply(
            StateChanges(accounts: [
                .init(
                    address: address, account: Account(nonce: 2), code: nil, storage: [(1, 6)])
            ]))
        #expect(state.storage(1, of: address) == 6)
        #expect(state.changes().accounts.count == 1)
        state.apply(
            StateChanges(accounts: [
                .init(
                    address: address, account: Account(nonce: 1), code: nil, storage: [(1, 5)])
            ]))
        #expect(state.changes().accounts.isEmpty)
    }

    @Test("an account that goes and comes again within a block begins without storage")
    func cleared() {
        let address = Address(truncating: 0x55)
        var world = WorldState()
        world.setAccount(address, Account(nonce: 1), storage: [(1, 5), (2, 6)])
        var state = BlockState(world)
        state.apply(
            StateChanges(accounts: [
                .init(address: address, account: nil, code: nil, storage: [])
            ]))
        let hasStorage = state.hasStorage(address)
        #expect(!hasStorage)
        #expect(state.storage(2, of: address) == .zero)
        state.apply(
            StateChanges(accounts: [
                .init(
                    address: address, account: Account(nonce: 1), code: nil, storage: [(2, 9)])
            ]))
        var expected = WorldState()
        expected.setAccount(address, Account(nonce: 1), storage: [(2, 9)])
        world.apply(state.changes())
        #expect(world.root() == expected.root())
        #expect(world.storage(1, of: address) == .zero)
    }
}
