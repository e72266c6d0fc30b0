import Testing

@testable import Ledger

@Suite("State of past blocks") struct HistoryTests {
    /// Blocks that change accounts and slots at random, with what the state was after each.
    private func play(
        _ test: inout TestChain, blocks: Int, seed: UInt64
    ) async throws -> [ChainReplay] {
        var generator = SplitMix(state: seed)
        var replays = [ChainReplay(test.genesis)]
        let contract = Address.created(by: TestChain.address(0), nonce: 0)
        for number in 0..<blocks {
            var transactions: [SignedTransaction] = []
            if number == 0 {
                transactions.append(
                    test.sign(0, to: nil, value: 0, input: TestChain.creating(TestChain.storing)))
            }
            for _ in 0..<3 {
                let key = Int(generator.next() % 5)
                if generator.next() % 2 == 0 {
                    // Zeros among the values, so that slots go as well as come.
                    let value = UInt256(generator.next() % 3)
                    let slot = UInt256(generator.next() % 40)
                    transactions.append(
                        test.sign(key, to: contract, value: 0, input: value.bytes + slot.bytes))
                } else {
                    let to = Address(truncating: UInt256(0x1000 + generator.next() % 50))
                    transactions.append(test.sign(key, to: to))
                }
            }
            let block = try await test.mine(transactions)
            var replay = try #require(replays.last)
            try replay.advance(block)
            replays.append(replay)
        }
        return replays
    }

    private func compare(_ chain: Chain, _ replays: [ChainReplay], from first: Int) throws {
        let contract = Address.created(by: TestChain.address(0), nonce: 0)
        for (number, replay) in replays.enumerated().dropFirst(first) {
            let state = try chain.state(at: .number(UInt64(number)))
            let addresses =
                (0..<5).map(TestChain.address)
                + (0..<50).map { Address(truncating: UInt256(UInt64(0x1000 + $0))) } + [contract]
            for address in addresses {
                #expect(state.account(address) == replay.state.account(address), "\(number)")
            }
            for slot in 0..<40 {
                let key = UInt256(UInt64(slot))
                #expect(
                    state.storage(key, of: contract) == replay.state.storage(key, of: contract))
            }
            #expect(state.hasStorage(contract) == replay.state.hasStorage(contract))
            try state.check()
        }
    }

    @Test("is what it was then, in a window and in an archive", arguments: [false, true])
    func past(isArchive: Bool) async throws {
        let history: StateHistory = isArchive ? .archive : .blocks(100)
        var test = try TestChain(history: history)
        let replays = try await play(&test, blocks: 25, seed: isArchive ? 1 : 2)
        try compare(test.chain, replays, from: 0)
        #expect(try ChainCheck.run(test.chain.store, executing: true).failures == [])
    }

    @Test("is refused before the window, which moves with the head") func pruned() async throws {
        var test = try TestChain(history: .blocks(4))
        let replays = try await play(&test, blocks: 12, seed: 3)
        #expect(throws: ChainError.pruned(number: 7, oldest: 8)) {
            _ = try test.chain.state(at: .number(7))
        }
        try compare(test.chain, replays, from: 8)
        let entries = try test.chain.store.store.statistics().tables
        #expect(entries.first { $0.name == "changes" }?.entries == 4)
    }

    @Test("stays what it was for whoever holds it, while blocks come") func snapshot() async throws {
        var test = try TestChain(history: .blocks(1))
        let to = Address(truncating: 0x77)
        try await test.mine([test.sign(0, to: to)])
        let state = try test.chain.state(at: .latest)
        for _ in 0..<5 { try await test.mine([test.sign(0, to: to)]) }
        #expect(state.account(to)?.balance == 1)
        #expect(try test.chain.state(at: .latest).account(to)?.balance == 6)
    }

    @Test("proofs hash up to the block's root, now and then") func proofs() async throws {
        var test = try TestChain()
        _ = try await play(&test, blocks: 20, seed: 4)
        let contract = Address.created(by: TestChain.address(0), nonce: 0)
        let slots = (0..<40).map { UInt256(UInt64($0)) }
        for number in [1, 7, 19, 20] as [UInt64] {
            let header = try #require(try test.chain.header(.number(number)))
            let state = try test.chain.state(at: .number(number))
            for address in [contract, TestChain.address(1), Address(truncating: 0xdead)] {
                let proof = try test.chain.proof(of: address, slots: slots, at: .number(number))
                let leaf = try ProofReader.value(
                    of: Keccak256.hash(address.bytes), proof.proof, root: header.stateRoot)
                let account = state.account(address)
                #expect(leaf == account?.encoded(storageRoot: proof.storageRoot))
                for slot in proof.slots {
                    let value = try ProofReader.value(
                        of: Keccak256.hash(slot.key.bytes), slot.proof, root: proof.storageRoot)
                    var writer = RLPWriter()
                    writer.write(slot.value)
                    #expect(value == (slot.value.isZero ? nil : writer.bytes))
                    #expect(slot.value == state.storage(slot.key, of: address))
                }
            }
        }
        #expect(throws: ChainError.self) {
            _ = try test.chain.proof(
                of: contract, slots: [UInt256](repeating: 0, count: 10 * ChainLimits.proofSlots))
        }
    }
}

/// Reads proofs as a client would, from the specification alone.
enum ProofReader {
    struct Broken: Error {}

    static func value(
        of key: Hash32, _ proof: [[UInt8]], root: Hash32
    ) throws -> [UInt8]? {
        if proof.isEmpty {
            guard root == .emptyTrie else { throw Broken() }
            return nil
        }
        var nibbles = key.bytes.flatMap { [$0 >> 4, $0 & 15] }[...]
        var expected: RLPValue = .string(root.bytes)
        var rest = proof[...]
        while true {
            var node = expected
            if case .string(let reference) = expected {
                if reference.isEmpty { return nil }
                guard let encoded = rest.popFirst(),
                    Keccak256.hash(encoded).bytes == reference
                else { throw Broken() }
                node = try RLPValue(decoding: encoded)
            }
            guard case .list(let items) = node else { throw Broken() }
            if items.count == 17 {
                guard let nibble = nibbles.popFirst() else { throw Broken() }
                expected = items[Int(nibble)]
                continue
            }
            guard items.count == 2, case .string(let packed) = items[0], let flag = packed.first
            else { throw Broken() }
            var path = packed.dropFirst().flatMap { [$0 >> 4, $0 & 15] }
            if flag & 0x10 != 0 { path.insert(flag & 15, at: 0) }
            guard nibbles.starts(with: path) else {
                guard rest.isEmpty else { throw Broken() }
                return nil
            }
            nibbles = nibbles.dropFirst(path.count)
            if flag & 0x20 != 0 {
                guard rest.isEmpty, nibbles.isEmpty, case .string(let value) = items[1] else {
                    throw Broken()
                }
                return value
            }
            expected = items[1]
        }
    }
}
