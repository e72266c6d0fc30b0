extension Chain {
    /// The logs that a filter asks for, in the order in which they were made.
    ///
    /// Looks at the bloom of every block in the range, where it lies in the store, and at the receipts
    /// of those that may have a match.
    public nonisolated func logs(_ filter: LogFilter) throws(ChainError) -> [FoundLog] {
        try Self.check(filter)
        let view = try view()
        let range = try Self.range(of: filter, view)
        guard range.count <= ChainLimits.logBlocks else {
            throw .filter("more than \(ChainLimits.logBlocks) blocks")
        }
        var found: [FoundLog] = []
        var isTooMany = false
        try Self.reading { () throws(LedgerStoreError) in
            for number in try Self.candidates(filter, range, view) {
                try Self.collect(filter, number, view, into: &found)
                isTooMany = found.count > ChainLimits.logResults
                if isTooMany { return }
            }
        }
        if isTooMany { throw .tooManyLogs(limit: ChainLimits.logResults) }
        return found
    }

    private static func check(_ filter: LogFilter) throws(ChainError) {
        guard filter.topics.count <= 4 else { throw .filter("more than 4 topics") }
        let most = ChainLimits.filterAlternatives
        guard filter.addresses.count <= most, filter.topics.allSatisfy({ $0.count <= most })
        else { throw .filter("more than \(most) addresses or alternatives for a topic") }
    }

    private static func range(
        of filter: LogFilter, _ view: ChainView
    ) throws(ChainError) -> ClosedRange<UInt64> {
        func number(_ id: BlockID) throws(ChainError) -> UInt64 {
            guard let number = try reading({ () throws(LedgerStoreError) in
                try view.number(of: id)
            }) else { throw .unknownBlock(id) }
            return number
        }
        switch filter.range {
        case .block(let hash):
            let place = try number(.hash(hash))
            return place...place
        case .blocks(let from, let to):
            let first = try number(from)
            // An end beyond the head is the head, as clients ask ahead.
            var last = view.headNumber
            if case .number(let asked) = to { last = min(asked, last) } else { last = try number(to) }
            guard first <= last else { throw .emptyRange(from: first, to: last) }
            return first...last
        }
    }

    /// Blocks whose blooms do not exclude a match.
    private static func candidates(
        _ filter: LogFilter, _ range: ClosedRange<UInt64>, _ view: ChainView
    ) throws(LedgerStoreError) -> [UInt64] {
        let test = filter.bloomTest
        return try view.snapshot.read { reader throws(LedgerStoreError) in
            var numbers: [UInt64] = []
            try reader.forEach(.headers, from: range.lowerBound.storeKey) { key, value in
                guard let number = UInt64(stored: key), number <= range.upperBound else {
                    return false
                }
                let bloom = value.dropFirst(BlockHeader.bloomOffset).prefix(Bloom.byteCount)
                if bloom.count == Bloom.byteCount,
                    test.mayMatch(UnsafeRawBufferPointer(rebasing: bloom))
                {
                    numbers.append(number)
                }
                return true
            }
            return numbers
        }
    }

    private static func collect(
        _ filter: LogFilter, _ number: UInt64, _ view: ChainView, into found: inout [FoundLog]
    ) throws(LedgerStoreError) {
        guard let block = try view.block(number), block.header.logsBloom != .empty else { return }
        var logIndex = 0
        for (index, receipt) in try view.receipts(of: block).enumerated() {
            for log in receipt.logs {
                if filter.matches(log) {
                    found.append(
                        FoundLog(
                            log: log, blockNumber: number, blockHash: block.hash,
                            timestamp: block.header.timestamp,
                            transactionHash: block.transactions[index].hash,
                            transactionIndex: index, logIndex: logIndex))
                }
                logIndex += 1
            }
        }
    }
}
