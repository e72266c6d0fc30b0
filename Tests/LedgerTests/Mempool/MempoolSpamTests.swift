import PeerKit
import Testing

@testable import Ledger

/// A thousand accounts that cost nobody anything, against one that has something to do.
@Suite("Mempool: a thousand spammers and one honest sender") struct MempoolSpamTests {
    private static let spammers = 1000

    /// One transfer of each spammer and nonce; made once, as signing is what takes time here.
    private static let spam: [[SignedTransaction]] = (0..<3).map { nonce in
        (0..<spammers).map { transfer(UInt64(1000 + $0), nonce: UInt64(nonce)) }
    }

    private static func transfer(
        _ key: UInt64, nonce: UInt64, gas: UInt64 = 21_000, bytes: Int = 0
    ) -> SignedTransaction {
        var transaction = Transaction(.dynamicFee)
        transaction.nonce = nonce
        transaction.gasLimit = gas
        transaction.to = Address(truncating: 0xbeef)
        transaction.input = [UInt8](repeating: 1, count: bytes)
        return transaction.signed(by: PoolExamples.key(key), chainID: PoolExamples.chainID)
    }

    /// Adds what is taken; answers how many were.
    private func add(
        _ transactions: [SignedTransaction], balance: UInt256, to machine: inout MempoolMachine,
        at now: Instant = .zero
    ) -> Int {
        transactions.count { transaction in
            (try? machine.add(transaction, account: SenderAccount(balance: balance), at: now))
                != nil
        }
    }

    @Test("of transfers, whether they have coins or not", arguments: [0, 1_000_000] as [UInt64])
    func manyTransfers(balance: UInt64) throws {
        var machine = PoolExamples.machine { $0.maximumTransactions = 2000 }
        for round in Self.spam {
            _ = add(round, balance: UInt256(balance), to: &machine)
        }
        #expect(machine.count == 2000)
        // Poorer than any spammer with coins, and the last to come.
        let honest = Self.transfer(1, nonce: 0)
        #expect(add([honest], balance: 0, to: &machine) == 1)
        // More of the same evicts nothing of who has less.
        _ = add(Self.spam[2], balance: UInt256(balance), to: &machine)
        #expect(machine.transaction(honest.hash) != nil)
        let order = machine.candidates(limit: 2000).map(\.hash)
        let place = try #require(order.firstIndex(of: honest.hash))
        // Everybody's first fits into a block of 30 million gas, and this is one of them.
        #expect(place <= Self.spammers)
        #expect(21_000 * (place + 1) <= 30_000_000)
        #expect(machine.brokenInvariants() == [])
    }

    @Test("that ask for a whole block each") func wholeBlocks() throws {
        var machine = PoolExamples.machine()
        let greedy = (0..<200).map {
            Self.transfer(UInt64(3000 + $0), nonce: 0, gas: 30_000_000)
        }
        #expect(add(greedy, balance: 1000, to: &machine) == greedy.count)
        let honest = [Self.transfer(1, nonce: 0), Self.transfer(1, nonce: 1, gas: 500_000)]
        #expect(add(honest, balance: 0, to: &machine) == 2)
        // Before all of those who ask for more, and still in the order of nonces.
        #expect(machine.candidates(limit: 2).map(\.hash) == honest.map(\.hash))
    }

    @Test("that send a few bytes less than they may") func manyBytes() throws {
        var machine = PoolExamples.machine {
            $0.maximumTransactions = 16_384
            $0.maximumBytes = 4 << 20
        }
        let long = (0..<40).map {
            Self.transfer(UInt64(4000 + $0), nonce: 0, gas: 30_000_000, bytes: 120_000)
        }
        let taken = add(long, balance: 1000, to: &machine)
        #expect(taken == (4 << 20) / long[0].encoded.count)
        let honest = Self.transfer(1, nonce: 0, gas: 100_000, bytes: 1000)
        #expect(add([honest], balance: 0, to: &machine) == 1)
        #expect(machine.transaction(honest.hash) != nil)
        #expect(machine.bytes <= 4 << 20)
        #expect(machine.brokenInvariants() == [])
    }

    @Test("that come back after each block") func overBlocks() throws {
        var machine = PoolExamples.machine { $0.maximumTransactions = 1500 }
        _ = add(Self.spam[0] + Self.spam[1], balance: 1000, to: &machine)
        var nonces: [Address: UInt64] = [:]
        for number in 1...3 as ClosedRange<UInt64> {
            let honest = Self.transfer(1, nonce: number - 1)
            let account = SenderAccount(nonce: number - 1)
            _ = try machine.add(honest, account: account, at: .zero)
            // A block of 30 million gas.
            let block = machine.candidates(limit: 1428)
            #expect(block.contains { $0.hash == honest.hash })
            for transaction in block {
                nonces[transaction.sender] = transaction.transaction.nonce + 1
            }
            let accounts = machine.waitingSenders.map {
                ($0, SenderAccount(nonce: nonces[$0] ?? 0, balance: 1000))
            }
            _ = machine.follow(
                PoolExamples.head(number), accounts: Dictionary(uniqueKeysWithValues: accounts),
                at: .zero)
            _ = add(Self.spam[2], balance: 1000, to: &machine)
        }
    }

    @Test("that nobody has given a coin, where coins are asked for") func unfunded() {
        var machine = PoolExamples.machine { $0.minimumBalance = 1 }
        #expect(add(Self.spam[0], balance: 0, to: &machine) == 0)
        #expect(add([Self.transfer(1, nonce: 0)], balance: 1, to: &machine) == 1)
    }
}
