import Testing

@testable import Ledger

@Suite("Signers recovered side by side") struct BlockRecoveryTests {
    private static let transactions: [SignedTransaction] = (0..<150).map { number in
        var transaction = Transaction(.dynamicFee)
        transaction.nonce = UInt64(number)
        transaction.gasLimit = 21_000
        transaction.to = .zero
        return transaction.signed(by: TestChain.key(number % 7), chainID: TestChain.chainID)
    }

    private static func encoded(_ transactions: [SignedTransaction]) -> [UInt8] {
        Block(header: Genesis(chainID: 1).block().header, transactions: transactions).encoded
    }

    @Test("the block is the one that is read in a row", arguments: [0, 1, 64, 65, 150])
    func same(count: Int) async throws {
        let bytes = Self.encoded(Array(Self.transactions.prefix(count)))
        let block = try await Block.recovering(bytes)
        let other = try Block(decoding: bytes)
        #expect(block.hash == other.hash)
        #expect(block.transactions == other.transactions)
        #expect(block.transactions.map(\.sender) == other.transactions.map(\.sender))
        #expect(block.encoded == bytes)
    }

    @Test func theFirstThatNobodySignedIsNamed() async throws {
        var damaged = Self.transactions
        for index in [149, 70] {
            let old = damaged[index]
            var bytes = old.encoded
            // The last byte of s, and with it the signer: an r of zeros has none.
            let r = bytes.count - 65
            for place in r..<r + 32 { bytes[place] = 0xff }
            damaged[index] = SignedTransaction(
                transaction: old.transaction, signature: old.signature, sender: old.sender,
                hash: old.hash, encoded: bytes)
        }
        let bytes = Self.encoded(damaged)
        let expected = #expect(throws: BlockDecodingError.self) { try Block(decoding: bytes) }
        #expect(expected == .transaction(index: 70, .signature))
        await #expect(throws: BlockDecodingError.transaction(index: 70, .signature)) {
            try await Block.recovering(bytes)
        }
    }
}
