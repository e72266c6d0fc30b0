import Testing

@testable import Ledger

@Suite("Encodings of blocks") struct BlockCodecTests {
    private var block: Block {
        var test = Transaction(.legacy)
        test.gasLimit = 21000
        test.to = .zero
        var typed = Transaction(.dynamicFee)
        typed.gasLimit = 30000
        typed.to = TestChain.address(1)
        let signed = [test, typed].map { $0.signed(by: TestChain.key(0), chainID: 5) }
        var header = Genesis(chainID: 5).header(stateRoot: .zero)
        header.extraData = [1, 2, 3]
        header.requestsHash = .emptyRequests
        return Block(
            header: header, transactions: signed,
            withdrawals: [.init(index: 1, validator: 2, address: .zero, gigawei: 3)])
    }

    @Test("a block reads as it was written") func roundTrip() throws {
        let block = block
        let again = try Block(decoding: block.encoded)
        #expect(again.header == block.header)
        #expect(again.transactions == block.transactions)
        #expect(again.withdrawals == block.withdrawals)
        #expect(again.encoded == block.encoded)
    }

    @Test("the bloom stands where the search looks for it") func bloomOffset() {
        var header = block.header
        header.logsBloom.insert([1])
        let place = header.encoded[BlockHeader.bloomOffset...].prefix(Bloom.byteCount)
        #expect(Array(place) == header.logsBloom.bytes)
    }

    @Test("a block that is cut off, prolonged or changed anywhere never traps")
    func hostile() throws {
        let bytes = block.encoded
        for count in stride(from: 0, to: bytes.count, by: 7) {
            #expect(throws: BlockDecodingError.self) {
                _ = try Block(decoding: Array(bytes.prefix(count)))
            }
        }
        #expect(throws: BlockDecodingError.encoding(.trailingBytes(1))) {
            _ = try Block(decoding: bytes + [0])
        }
        for place in stride(from: 0, to: bytes.count, by: 5) {
            var changed = bytes
            changed[place] ^= 0x81
            let decoded = try? Block(decoding: changed)
            #expect(decoded == nil || decoded?.encoded == changed)
        }
    }

    @Test("ommers and blocks of any length are refused") func refusals() {
        var writer = RLPWriter()
        writer.list { list in
            block.header.write(to: &list)
            list.list { _ in }
            list.list { ommers in block.header.write(to: &ommers) }
            list.list { _ in }
        }
        #expect(throws: BlockDecodingError.ommers) { _ = try Block(decoding: writer.bytes) }
        let long = [UInt8](repeating: 0, count: 10 * ChainLimits.blockBytes)
        #expect(throws: BlockDecodingError.tooLong(long.count)) { _ = try Block(decoding: long) }
    }

    @Test("receipts read as they were written", arguments: Transaction.Kind.all)
    func receipts(_ kind: Transaction.Kind) throws {
        let log = EVMLog(address: TestChain.address(3), topics: [1, .max], data: [9, 9])
        let receipt = Receipt(
            kind: kind, status: true, cumulativeGasUsed: 77, logs: [log], gasUsed: 0,
            contract: nil, effectiveGasPrice: .zero)
        #expect(try Receipt(decoding: receipt.encoded) == receipt)
        #expect(receipt.bloom.mayContain(log.address.bytes))
        #expect(receipt.bloom.mayContain(UInt256.max.bytes))
        for count in 0..<receipt.encoded.count {
            #expect(throws: RLPError.self) {
                _ = try Receipt(decoding: Array(receipt.encoded.prefix(count)))
            }
        }
    }

    @Test("accounts on disk read as they were written, and nothing else does") func records() {
        var records = [AccountRecord(Account())]
        records.append(AccountRecord(Account(nonce: .max, balance: .max, codeHash: .zero)))
        records.append(AccountRecord(Account(nonce: 1, balance: 2), storageRoot: .emptyList))
        for record in records {
            let bytes = record.stored
            #expect(bytes.withUnsafeBytes { AccountRecord(stored: $0) } == record)
            for count in 0..<bytes.count {
                #expect(
                    Array(bytes.prefix(count)).withUnsafeBytes { AccountRecord(stored: $0) }
                        == nil)
            }
        }
    }

    @Test("changes are found where they lie, and damaged ones never trap") func changeSets() {
        var set = ChangeSet()
        for number in 0..<100 as Range<UInt64> {
            let address = Address(truncating: UInt256(number &* 0x9e37_79b9_7f4a_7c15))
            let record =
                number % 3 == 0 ? nil : AccountRecord(Account(nonce: number, balance: 5))
            set.accounts.append((address, record))
            set.slots.append((SlotKey(address: address, slot: UInt256(number)), UInt256(number)))
        }
        let bytes = set.encoded
        bytes.withUnsafeBytes { bytes in
            guard let view = ChangeSetView(bytes) else {
                Issue.record("not read")
                return
            }
            #expect(view.decoded == set)
            for (address, record) in set.accounts {
                #expect(view.account(address) == .some(record))
            }
            for (key, value) in set.slots { #expect(view.slot(key) == value) }
            #expect(view.account(Address(truncating: 12345)) == nil)
            #expect(view.slot(SlotKey(address: .zero, slot: 1)) == nil)
        }
        for place in stride(from: 0, to: bytes.count, by: 3) {
            var changed = bytes
            changed[place] ^= 0xff
            changed.withUnsafeBytes { bytes in
                guard let view = ChangeSetView(bytes) else { return }
                _ = view.decoded
                for (address, _) in set.accounts { _ = view.account(address) }
                for (key, _) in set.slots { _ = view.slot(key) }
            }
        }
        #expect(ChangeSetView(UnsafeRawBufferPointer(start: nil, count: 0)) == nil)
    }
}

extension Transaction.Kind {
    static let all: [Self] = [.legacy, .accessList, .dynamicFee, .blob, .setCode]
}
