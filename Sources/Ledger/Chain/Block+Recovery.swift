extension Block {
    /// Transactions whose signers a task recovers: some 3 ms of work, against microseconds for a task.
    private static let recoveriesPerTask = 64

    /// As ``init(decoding:)``, with the signers recovered on all cores at once: that is most of the work
    /// that a transfer makes, and needs nothing of the chain. Whoever follows a chain does it for the
    /// next block while this one is executed.
    @concurrent public static func recovering(
        _ bytes: [UInt8]
    ) async throws(BlockDecodingError) -> Block {
        let (header, body) = try parts(of: bytes)
        let encoded = body.transactions
        typealias Part = (start: Int, Result<[SignedTransaction], BlockDecodingError>)
        let parts = await withTaskGroup(of: Part.self) { group in
            for start in stride(from: 0, to: encoded.count, by: recoveriesPerTask) {
                group.addTask {
                    let range = start..<min(start + recoveriesPerTask, encoded.count)
                    do throws(BlockDecodingError) {
                        return (start, .success(try recover(encoded, range)))
                    } catch {
                        return (start, .failure(error))
                    }
                }
            }
            var parts: [Part] = []
            for await part in group { parts.append(part) }
            // In the order of the block, and so the first of several errors is always the same.
            return parts.sorted { $0.start < $1.start }
        }
        var transactions: [SignedTransaction] = []
        transactions.reserveCapacity(encoded.count)
        for (_, part) in parts { transactions += try part.get() }
        return Block(header: header, transactions: transactions, withdrawals: body.withdrawals)
    }

    static func recover(
        _ encoded: [[UInt8]], _ range: Range<Int>
    ) throws(BlockDecodingError) -> [SignedTransaction] {
        var transactions: [SignedTransaction] = []
        transactions.reserveCapacity(range.count)
        for index in range {
            do throws(TransactionDecodingError) {
                transactions.append(try SignedTransaction(decoding: encoded[index]))
            } catch {
                throw .transaction(index: index, error)
            }
        }
        return transactions
    }
}
