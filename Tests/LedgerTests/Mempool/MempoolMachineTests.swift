import PeerKit
import Testing

@testable import Ledger

@Suite("Mempool: what is taken") struct MempoolAdmissionTests {
    private func refusal(
        _ transaction: SignedTransaction, _ account: SenderAccount = PoolExamples.rich,
        in machine: MempoolMachine = PoolExamples.machine()
    ) -> MempoolError? {
        var machine = machine
        do throws(MempoolError) {
            _ = try machine.add(transaction, account: account, at: .zero)
            return nil
        } catch {
            return error
        }
    }

    @Test func aTransferIsPending() throws {
        var machine = PoolExamples.machine()
        let transfer = PoolExamples.transfer()
        let events = try machine.add(transfer, account: PoolExamples.rich, at: .zero)
        #expect(events.pending == [transfer.hash])
        #expect(machine.counts.pending == 1 && machine.counts.queued == 0)
        #expect(machine.nextNonce(of: transfer.sender) == 1)
        #expect(machine.transaction(transfer.hash) == transfer)
    }

    @Test func refusalsHaveTheTextsThatClientsLookFor() {
        let account = SenderAccount(nonce: 5, balance: 100)
        #expect(
            refusal(PoolExamples.transfer(nonce: 4), account)?.description
                == "nonce too low: next nonce 5, tx nonce 4")
        #expect(
            refusal(PoolExamples.transfer(nonce: 5, value: 101), account)?.description
                == "insufficient funds for gas * price + value: balance 100, tx cost 101, "
                + "overshot 1")
        #expect(
            refusal(PoolExamples.transfer(gas: 20_999))?.description
                == "intrinsic gas too low: gas 20999, minimum needed 21000")
        #expect(
            refusal(PoolExamples.transfer(gas: 30_000_001))?.description
                == "exceeds block gas limit")
        #expect(
            refusal(PoolExamples.transfer(tip: 2, cap: 1))?.description.hasPrefix(
                "max priority fee per gas higher than max fee per gas") == true)
        let code = SenderAccount(balance: 100, canSend: false)
        #expect(refusal(PoolExamples.transfer(), code)?.description == "sender not an eoa")
    }

    @Test func aTransactionForAnotherChainOrForAllIsRefused() {
        var other = Transaction(.legacy)
        other.gasLimit = 21_000
        other.to = .zero
        let elsewhere = other.signed(by: PoolExamples.keys[0], chainID: 8)
        #expect(
            refusal(elsewhere)?.description == "invalid chain id for signer: have 8 want 7")
        #expect(refusal(other.signed(by: PoolExamples.keys[0])) == .unprotected)
    }

    @Test func theSameTwiceIsKnown() throws {
        var machine = PoolExamples.machine()
        let transfer = PoolExamples.transfer()
        _ = try machine.add(transfer, account: PoolExamples.rich, at: .zero)
        #expect(refusal(transfer, in: machine) == .alreadyKnown)
    }

    @Test func whatWaitsMustBePayableTogether() throws {
        var machine = PoolExamples.machine()
        let account = SenderAccount(balance: 100)
        _ = try machine.add(PoolExamples.transfer(value: 60), account: account, at: .zero)
        #expect(
            refusal(PoolExamples.transfer(nonce: 1, value: 60), account, in: machine)
                == .overdraft(balance: 100, queued: 60, cost: 60))
        #expect(refusal(PoolExamples.transfer(nonce: 1, value: 40), account, in: machine) == nil)
    }

    @Test func aChainWithoutFeesMayAskForABalance() {
        let machine = PoolExamples.machine { $0.minimumBalance = 1000 }
        let poor = SenderAccount(balance: 999)
        #expect(
            refusal(PoolExamples.transfer(value: 0), poor, in: machine)
                == .poorSender(balance: 999, minimum: 1000))
        #expect(
            refusal(PoolExamples.transfer(value: 0), SenderAccount(balance: 1000), in: machine)
                == nil)
    }

    @Test func aReplacementPaysTenPercentMoreAndOneWeiAtLeast() throws {
        var machine = PoolExamples.machine()
        func attempt(_ tip: UInt256, _ cap: UInt256) -> MempoolError? {
            refusal(
                PoolExamples.transfer(tip: tip, cap: cap, value: 2), in: machine)
        }
        _ = try machine.add(PoolExamples.transfer(), account: PoolExamples.rich, at: .zero)
        #expect(attempt(0, 0) == .replacementUnderpriced)
        #expect(attempt(0, 1) == .replacementUnderpriced)
        #expect(attempt(1, 1) == nil)
        let better = PoolExamples.transfer(tip: 100, cap: 1000)
        let events = try machine.add(better, account: PoolExamples.rich, at: .zero)
        #expect(events.pending == [better.hash])
        #expect(events.dropped.map(\.reason) == [.replaced])
        #expect(attempt(109, 1100) == .replacementUnderpriced)
        #expect(attempt(110, 1099) == .replacementUnderpriced)
        #expect(attempt(110, 1100) == nil)
        #expect(machine.brokenInvariants() == [])
    }

    @Test func aGapQueuesAndItsFillingPromotes() throws {
        var machine = PoolExamples.machine()
        let (first, second) = (PoolExamples.transfer(), PoolExamples.transfer(nonce: 1))
        #expect(try machine.add(second, account: PoolExamples.rich, at: .zero).pending == [])
        #expect(machine.counts.pending == 0 && machine.counts.queued == 1)
        #expect(
            try machine.add(first, account: PoolExamples.rich, at: .zero).pending
                == [first.hash, second.hash])
        #expect(machine.counts.pending == 2 && machine.counts.queued == 0)
    }

    @Test func gasIsRationedPerSenderAndComesBackWithTime() throws {
        var machine = PoolExamples.machine { limits in
            var admission = MempoolLimits.Admission()
            admission.burst = 50_000
            admission.gasPerSecond = 21_000
            limits.admission = admission
        }
        func add(_ nonce: UInt64, at seconds: Int64) throws(MempoolError) {
            _ = try machine.add(
                PoolExamples.transfer(nonce: nonce), account: PoolExamples.rich,
                at: Instant.zero.advanced(by: .seconds(seconds)))
        }
        try add(0, at: 0)
        try add(1, at: 0)
        #expect(throws: MempoolError.self) { try add(2, at: 0) }
        try add(2, at: 1)
        // Another sender has a ration of its own.
        _ = try machine.add(
            PoolExamples.transfer(from: 1), account: PoolExamples.rich,
            at: Instant.zero.advanced(by: .seconds(1)))
        #expect(machine.count == 4)
    }
}

@Suite("Mempool: order, blocks, room") struct MempoolOrderTests {
    @Test func higherTipsComeFirstThenEverybodysFirst() throws {
        var machine = PoolExamples.machine()
        var sent: [String: Hash32] = [:]
        for (name, sender, nonce, tip) in [
            ("a0", 0, 0, 0), ("a1", 0, 1, 0), ("a2", 0, 2, 9), ("b0", 1, 0, 0), ("c0", 2, 0, 5),
        ] as [(String, Int, UInt64, UInt64)] {
            let transfer = PoolExamples.transfer(from: sender, nonce: nonce, tip: UInt256(tip))
            sent[name] = transfer.hash
            _ = try machine.add(transfer, account: PoolExamples.rich, at: .zero)
        }
        let order = machine.candidates(limit: 100).map(\.hash)
        #expect(order == ["c0", "a0", "b0", "a1", "a2"].compactMap { sent[$0] })
        #expect(machine.candidates(limit: 2).count == 2)
    }

    @Test func aFeeCapBelowTheBaseFeeKeepsASenderOut() throws {
        var machine = PoolExamples.machine()
        _ = try machine.add(
            PoolExamples.transfer(tip: 1, cap: 5), account: PoolExamples.rich, at: .zero)
        _ = machine.follow(
            PoolExamples.head(1, baseFee: 6), accounts: [:], at: .zero)
        #expect(machine.candidates(limit: 10).isEmpty)
        _ = machine.follow(PoolExamples.head(2, baseFee: 5), accounts: [:], at: .zero)
        #expect(machine.candidates(limit: 10).count == 1)
    }

    @Test func aBlockTakesWhatIsUsedAndWhatCanNoLongerBePaid() throws {
        var machine = PoolExamples.machine()
        let transfers = (0..<4).map {
            PoolExamples.transfer(nonce: UInt64($0), value: UInt256(count: $0 * 10))
        }
        for transfer in transfers {
            _ = try machine.add(transfer, account: PoolExamples.rich, at: .zero)
        }
        let events = machine.follow(
            PoolExamples.head(1),
            accounts: [transfers[0].sender: SenderAccount(nonce: 2, balance: 25)], at: .zero)
        #expect(
            events.dropped.map(\.hash) == [
                transfers[0].hash, transfers[1].hash, transfers[3].hash,
            ])
        #expect(events.dropped.map(\.reason) == [.used, .used, .unpayable])
        #expect(machine.candidates(limit: 10) == [transfers[2]])
        #expect(machine.brokenInvariants() == [])
    }

    @Test func nothingWaitsForEver() throws {
        var machine = PoolExamples.machine { $0.lifetime = .seconds(10) }
        _ = try machine.add(PoolExamples.transfer(), account: PoolExamples.rich, at: .zero)
        #expect(machine.expire(at: Instant.zero.advanced(by: .seconds(9))).isEmpty)
        #expect(
            machine.expire(at: Instant.zero.advanced(by: .seconds(10))).dropped.map(\.reason)
                == [.expired])
        #expect(machine.count == 0)
    }

    @Test func oneSenderCannotCrowdOutAnother() throws {
        var machine = PoolExamples.machine { $0.maximumTransactions = 20 }
        for nonce in 0..<20 {
            _ = try machine.add(
                PoolExamples.transfer(nonce: UInt64(nonce), tip: 100), account: PoolExamples.rich,
                at: .zero)
        }
        // The spammer cannot have more; each newcomer takes a place from it, at no tip at all.
        #expect(throws: MempoolError.full) {
            _ = try machine.add(
                PoolExamples.transfer(nonce: 20, tip: 1000), account: PoolExamples.rich, at: .zero)
        }
        for sender in 1...10 {
            let events = try machine.add(
                PoolExamples.transfer(from: sender), account: PoolExamples.rich, at: .zero)
            #expect(events.dropped.map(\.reason) == [.evicted])
        }
        #expect(machine.count == 20)
        #expect(machine.nextNonce(of: PoolExamples.keys[0].address) == 10)
        #expect(machine.brokenInvariants() == [])
    }

    @Test func aFullPoolOfSinglesKeepsTheRich() throws {
        var machine = PoolExamples.machine { $0.maximumTransactions = 4 }
        for sender in 0..<4 {
            _ = try machine.add(
                PoolExamples.transfer(from: sender), account: SenderAccount(balance: 1000),
                at: .zero)
        }
        #expect(throws: MempoolError.full) {
            _ = try machine.add(
                PoolExamples.transfer(from: 4), account: SenderAccount(balance: 999), at: .zero)
        }
        let events = try machine.add(
            PoolExamples.transfer(from: 4), account: SenderAccount(balance: 1001), at: .zero)
        // Of equals the last to come goes first.
        #expect(events.dropped.map(\.hash) == [PoolExamples.transfer(from: 3).hash])
    }

    @Test func aRefusedNewcomerCostsNobodyAPlace() throws {
        var machine = PoolExamples.machine { limits in
            limits.maximumBytes = 3000
        }
        let small = PoolExamples.transfer(from: 0, nonce: 0)
        for nonce in 0..<3 {
            _ = try machine.add(
                PoolExamples.transfer(from: 0, nonce: UInt64(nonce), bytes: 300),
                account: PoolExamples.rich, at: .zero)
        }
        for sender in 1...4 {
            _ = try machine.add(
                PoolExamples.transfer(from: sender, tip: 9), account: PoolExamples.rich, at: .zero)
        }
        let before = machine.count
        // Room for this would need more than the one sender that ranks below it has.
        #expect(throws: MempoolError.full) {
            _ = try machine.add(
                PoolExamples.transfer(from: 5, bytes: 2600), account: PoolExamples.rich, at: .zero)
        }
        #expect(machine.count == before)
        #expect(machine.nextNonce(of: small.sender) == 3)
        #expect(machine.brokenInvariants() == [])
    }
}

@Suite("Mempool: limits, tenfold") struct MempoolLimitTests {
    @Test func perSender() {
        var machine = PoolExamples.machine { $0.maximumPerSender = 8 }
        for nonce in 0..<80 {
            _ = try? machine.add(
                PoolExamples.transfer(nonce: UInt64(nonce)), account: PoolExamples.rich, at: .zero)
        }
        #expect(machine.count == 8)
    }

    @Test func bytesPerSenderAndPerTransaction() {
        var machine = PoolExamples.machine { limits in
            limits.maximumBytesPerSender = 2000
            limits.maximumTransactionBytes = 600
        }
        for nonce in 0..<40 {
            _ = try? machine.add(
                PoolExamples.transfer(nonce: UInt64(nonce), bytes: 400),
                account: PoolExamples.rich, at: .zero)
        }
        #expect(machine.bytes <= 2000)
        #expect(machine.count == 3)
        let long = PoolExamples.transfer(from: 1, bytes: 6000)
        #expect(throws: MempoolError.oversized(bytes: long.encoded.count, limit: 600)) {
            _ = try machine.add(long, account: PoolExamples.rich, at: .zero)
        }
    }

    @Test func countAndBytesInAll() {
        var machine = PoolExamples.machine { limits in
            limits.maximumTransactions = 30
            limits.maximumBytes = 3000
        }
        for nonce in 0..<20 {
            for sender in 0..<16 {
                _ = try? machine.add(
                    PoolExamples.transfer(from: sender, nonce: UInt64(nonce)),
                    account: PoolExamples.rich, at: .zero)
            }
        }
        #expect(machine.count <= 30)
        #expect(machine.bytes <= 3000)
        #expect(machine.brokenInvariants() == [])
    }
}

@Suite("Mempool: whatever happens") struct MempoolPropertyTests {
    @Test("invariants hold over random sequences", arguments: 1...12 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var generator = SplitMix(state: seed)
        var machine = PoolExamples.machine { limits in
            limits.maximumTransactions = 24
            limits.maximumBytes = 6000
            limits.maximumPerSender = 6
            limits.lifetime = .seconds(40)
            if seed.isMultiple(of: 3) {
                limits.admission = .init()
                limits.admission?.burst = 200_000
                limits.admission?.gasPerSecond = 30_000
            }
        }
        var accounts: [Address: SenderAccount] = [:]
        var present: Set<Hash32> = []
        var now = Instant.zero
        for step in 0..<400 {
            now = now.advanced(by: .milliseconds(Int64.random(in: 0...900, using: &generator)))
            var events: [MempoolEvent] = []
            switch Int.random(in: 0..<10, using: &generator) {
            case 0:
                for key in PoolExamples.keys.prefix(8) {
                    let old = accounts[key.address] ?? PoolExamples.rich
                    accounts[key.address] = SenderAccount(
                        nonce: old.nonce + UInt64.random(in: 0...2, using: &generator),
                        balance: UInt256(UInt64.random(in: 0...50_000_000, using: &generator)),
                        canSend: Int.random(in: 0..<20, using: &generator) > 0)
                }
                events = machine.follow(
                    PoolExamples.head(
                        UInt64(step), baseFee: UInt256(UInt64.random(in: 0...3, using: &generator))),
                    accounts: accounts, at: now)
            case 1: events = machine.expire(at: now)
            default:
                let sender = Int.random(in: 0..<8, using: &generator)
                let account = accounts[PoolExamples.keys[sender].address] ?? PoolExamples.rich
                let transfer = PoolExamples.transfer(
                    from: sender,
                    nonce: account.nonce + UInt64.random(in: 0...8, using: &generator),
                    tip: UInt256(UInt64.random(in: 0...4, using: &generator)), cap: 4,
                    value: UInt256(UInt64.random(in: 0...9, using: &generator)),
                    bytes: Int.random(in: 0..<4, using: &generator) * 150)
                let known = present.contains(transfer.hash)
                if let added = try? machine.add(transfer, account: account, at: now) {
                    #expect(!known)
                    events = added
                    present.insert(transfer.hash)
                }
            }
            for dropped in events.dropped {
                #expect(present.remove(dropped.hash) != nil, "dropped what was not there")
            }
            #expect(machine.brokenInvariants() == [], "seed \(seed), step \(step)")
            #expect(machine.count == present.count)
            let order = machine.candidates(limit: .max)
            #expect(Set(order.map(\.hash)).isSubset(of: present))
            var next: [Address: UInt64] = [:]
            for candidate in order {
                if let expected = next[candidate.sender] {
                    #expect(candidate.transaction.nonce == expected)
                }
                next[candidate.sender] = candidate.transaction.nonce + 1
            }
        }
    }
}

extension [MempoolEvent] {
    var pending: [Hash32] {
        compactMap { event in
            guard case .pending(let transaction) = event else { return nil }
            return transaction.hash
        }
    }

    var dropped: [(hash: Hash32, reason: DropReason)] {
        compactMap { event in
            guard case .dropped(let hash, let reason) = event else { return nil }
            return (hash, reason)
        }
    }
}
