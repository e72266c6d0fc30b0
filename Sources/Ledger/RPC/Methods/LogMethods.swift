/// Logs: searched for, filtered, subscribed to.
package struct LogMethods: RPCArea {
    let backend: any LedgerBackend
    let news: NewsDesk
    let limits: RPCLimits

    package init(backend: any LedgerBackend, news: NewsDesk, limits: RPCLimits) {
        self.backend = backend
        self.news = news
        self.limits = limits
    }

    package var methods: [RPCMethod] {
        [
            RPCMethod("eth_getLogs", 1) { parameters, _ in
                try await logs(
                    try RPCField("0", try parameters.required(0)).logFilter(limits))
            }
        ] + filters + subscriptions
    }

    private var filters: [RPCMethod] {
        [
            RPCMethod("eth_newFilter", 1) { parameters, _ in
                let filter = try RPCField("0", try parameters.required(0)).logFilter(limits)
                return .string(try await news.install(.logs(filter)))
            },
            RPCMethod("eth_newBlockFilter", 0) { _, _ in
                .string(try await news.install(.blocks))
            },
            RPCMethod("eth_newPendingTransactionFilter", 1) { parameters, _ in
                let full = try parameters.bool(0, default: false)
                return .string(try await news.install(.pending(full: full)))
            },
            RPCMethod("eth_getFilterChanges", 1) { parameters, _ in
                try await changes(of: try id(parameters))
            },
            RPCMethod("eth_getFilterLogs", 1) { parameters, _ in
                try await logs(try await news.logs(of: try id(parameters)))
            },
            RPCMethod("eth_uninstallFilter", 1) { parameters, _ in
                .bool(await news.uninstall(try id(parameters)))
            },
        ]
    }

    private var subscriptions: [RPCMethod] {
        [
            RPCMethod("eth_subscribe", 2) { parameters, session in
                guard let session else {
                    throw RPCError(-32601, "notifications not supported")
                }
                return .string(try await news.subscribe(try subscription(parameters), session))
            },
            RPCMethod("eth_unsubscribe", 1) { parameters, session in
                guard let session else {
                    throw RPCError(-32601, "notifications not supported")
                }
                guard await news.unsubscribe(try id(parameters), session) else {
                    throw RPCError.failed("subscription not found")
                }
                return true
            },
        ]
    }

    private func id(_ parameters: RPCParameters) throws(RPCError) -> String {
        guard let id = try parameters.required(0).text else {
            throw .parameters("invalid argument 0: expected a filter's id")
        }
        return id
    }

    private func subscription(_ parameters: RPCParameters) throws(RPCError) -> Subscription {
        switch try parameters.required(0) {
        case "newHeads": return .newHeads
        case "syncing": return .syncing
        case "newPendingTransactions":
            return .pendingTransactions(full: try parameters.bool(1, default: false))
        case "logs":
            guard let value = parameters.optional(1) else {
                return .logs(LogFilter(range: .blocks(from: .latest, to: .latest)))
            }
            // Blocks mean nothing here: what is to come is told.
            return .logs(try RPCField("1", value).logFilter(limits))
        case .string(let name):
            throw .parameters("no \"\(name)\" subscription in eth namespace")
        default: throw .parameters("invalid argument 0: expected a subscription's name")
        }
    }

    // MARK: Answers

    private func logs(_ filter: LogFilter) async throws -> JSONValue {
        if case .blocks(let from, let to) = filter.range {
            let head = try await backend.headBlock().number
            let (first, last) = (from.number(head: head), to.number(head: head))
            guard first <= last else { throw RPCError.parameters("invalid block range params") }
            guard last <= head else {
                throw RPCError.parameters("block range extends beyond current head block")
            }
            guard last - first < limits.maximumLogBlocks else {
                throw RPCError.limit(
                    "exceed maximum block range: \(limits.maximumLogBlocks)")
            }
        }
        let found: [FoundLog]
        do {
            found = try await backend.logs(filter)
        } catch ChainError.unknownBlock {
            throw RPCError.failed("unknown block")
        }
        guard found.count <= limits.maximumLogs else {
            throw RPCError.limit("query returned more than \(limits.maximumLogs) results")
        }
        return .array(found.map(JSONValue.log))
    }

    private func changes(of id: String) async throws -> JSONValue {
        switch try await news.changes(of: id) {
        case .pending(let transactions, let full):
            return .array(transactions.map { full ? .transaction($0) : .data($0.hash) })
        case .blocks(let after, let through):
            var hashes: [JSONValue] = []
            guard after < through else { return .array([]) }
            let first = max(after + 1, through - min(through, limits.maximumLogBlocks))
            for number in first...through {
                guard let block = try await backend.block(.number(number)) else { continue }
                hashes.append(.data(block.hash))
            }
            return .array(hashes)
        case .logs(var filter, let after, let through):
            guard case .blocks(let from, let to) = filter.range else { return .array([]) }
            let first = max(after &+ 1, from == .latest ? 0 : from.number(head: through))
            let last = min(through, to.number(head: through))
            guard first <= last else { return .array([]) }
            filter.range = .blocks(from: .number(first), to: .number(last))
            return try await logs(filter)
        }
    }
}

extension BlockID {
    /// The number, where the id is none of a hash.
    func number(head: UInt64) -> UInt64 {
        switch self {
        case .number(let number): number
        case .earliest: 0
        case .latest, .pending, .hash: head
        }
    }
}

extension JSONValue {
    static func log(_ found: FoundLog) -> JSONValue {
        .members([
            "address": .data(found.log.address),
            "topics": .array(found.log.topics.map(JSONValue.word)), "data": .data(found.log.data),
            "blockNumber": .quantity(found.blockNumber),
            "transactionHash": .data(found.transactionHash),
            "transactionIndex": .quantity(found.transactionIndex),
            "blockHash": .data(found.blockHash), "blockTimestamp": .quantity(found.timestamp),
            "logIndex": .quantity(found.logIndex), "removed": false,
        ])
    }
}

extension RPCField {
    /// A filter of logs.
    func logFilter(_ limits: RPCLimits) throws(RPCError) -> LogFilter {
        guard let object = value.object else {
            throw .parameters("invalid argument \(name): expected a filter object")
        }
        func field(_ member: String) -> RPCField? {
            guard let value = object[member], value != .null else { return nil }
            return RPCField(name, value)
        }
        var filter = LogFilter(range: .blocks(from: .latest, to: .latest))
        let (from, to) = (try field("fromBlock")?.block(), try field("toBlock")?.block())
        if let hash = field("blockHash") {
            guard from == nil, to == nil else {
                throw .parameters(
                    "invalid argument \(name): cannot specify both BlockHash and FromBlock/ToBlock, "
                        + "choose one or the other")
            }
            filter.range = .block(try hash.hash())
        } else {
            filter.range = .blocks(from: from ?? .latest, to: to ?? .latest)
        }
        if let addresses = field("address") {
            if addresses.value.elements == nil {
                filter.addresses = [try addresses.address()]
            } else {
                for item in try addresses.alternatives(limits) {
                    filter.addresses.append(try item.address())
                }
            }
        }
        filter.topics = try field("topics")?.topics(limits) ?? []
        return filter
    }

    private func alternatives(_ limits: RPCLimits) throws(RPCError) -> [RPCField] {
        let list = try elements()
        guard list.count <= limits.maximumLogAlternatives else {
            throw .parameters(
                "exceed max addresses or topics: at most \(limits.maximumLogAlternatives)")
        }
        return list
    }

    /// For each place: nothing, one topic, or several of which one must stand there.
    private func topics(_ limits: RPCLimits) throws(RPCError) -> [[UInt256]] {
        let places = try elements()
        guard places.count <= 4 else { throw .parameters("exceed max topics") }
        var topics: [[UInt256]] = []
        for place in places {
            switch place.value {
            case .null: topics.append([])
            case .array(let list):
                // Null among alternatives lets anything stand there.
                if list.contains(.null) {
                    topics.append([])
                    continue
                }
                var words: [UInt256] = []
                for item in try place.alternatives(limits) { words.append(try item.hash().word) }
                topics.append(words)
            default: topics.append([try place.hash().word])
            }
        }
        return topics
    }
}
