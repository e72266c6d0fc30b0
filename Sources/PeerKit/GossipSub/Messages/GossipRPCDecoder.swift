/// Decodes one RPC within limits.
struct GossipRPCDecoder {
    private let limits: GossipSubCodecLimits
    private var rpc = GossipRPC()
    private var messageCount = 0
    private var idCount = 0
    private var haveCount = 0
    private var graftAndPruneCount = 0
    private var subscriptionCount = 0

    init(limits: GossipSubCodecLimits) { self.limits = limits }

    mutating func decode(_ bytes: [UInt8]) throws(GossipSubCodecError) -> GossipRPC {
        var reader = WireFields(bytes)
        while let field = try next(&reader) {
            switch field.tag {
            case 1: try subscription(try inner(reader, field))
            case 2: try message(try inner(reader, field))
            case 3: try control(try inner(reader, field))
            default: break
            }
        }
        return rpc
    }

    // MARK: Parts of an RPC

    private mutating func subscription(
        _ source: WireFields
    ) throws(GossipSubCodecError) {
        try Self.count(&subscriptionCount, .subscriptions, limits.maximumSubscriptions)
        var reader = source
        var isSubscribed = false
        var topic: String?
        while let field = try next(&reader) {
            switch field.tag {
            case 1: isSubscribed = try integer(reader, field) != 0
            case 2: topic = self.topic(try content(reader, field))
            default: break
            }
        }
        guard let topic else { return skip() }
        rpc.subscriptions.append(.init(topic: topic, isSubscribed: isSubscribed))
    }

    private mutating func message(_ source: WireFields) throws(GossipSubCodecError) {
        try Self.count(&messageCount, .messages, limits.maximumMessages)
        var reader = source
        var message = PubSubMessage(data: [], topic: "")
        message.omitsData = true
        var topics: [String?] = []
        while let field = try next(&reader) {
            switch field.tag {
            case 1: message.from = Array(try content(reader, field))
            case 2:
                message.data = Array(try content(reader, field))
                message.omitsData = false
            case 3: message.sequenceNumber = Array(try content(reader, field))
            case 4:
                let topic = topic(try content(reader, field))
                if topics.count < 2 { topics.append(topic) }
            case 5: message.signature = Array(try content(reader, field))
            case 6: message.key = Array(try content(reader, field))
            default:
                let raw = reader.raw(field)
                guard
                    message.otherFields.count + raw.count <= limits.maximumOtherFieldsByteCount
                else { return skip() }
                message.otherFields += raw
            }
        }
        guard topics.count == 1, let topic = topics[0] else { return skip() }
        message.topic = topic
        rpc.messages.append(message)
    }

    private mutating func control(_ source: WireFields) throws(GossipSubCodecError) {
        var reader = source
        while let field = try next(&reader) {
            switch field.tag {
            case 1: try have(try inner(reader, field))
            case 2: rpc.want += try ids(in: try inner(reader, field))
            case 3: try graft(try inner(reader, field))
            case 4: try prune(try inner(reader, field))
            case 5: rpc.dontWant += try ids(in: try inner(reader, field))
            default: break
            }
        }
    }

    // MARK: Parts of a control message

    private mutating func have(_ source: WireFields) throws(GossipSubCodecError) {
        try Self.count(&haveCount, .haves, limits.maximumHaves)
        var reader = source
        var topic: String?
        var ids: [MessageID] = []
        while let field = try next(&reader) {
            switch field.tag {
            case 1: topic = self.topic(try content(reader, field))
            case 2: try append(try content(reader, field), to: &ids)
            default: break
            }
        }
        guard let topic, !ids.isEmpty else { return skip() }
        rpc.have.append(.init(topic: topic, ids: ids))
    }

    private mutating func ids(
        in source: WireFields
    ) throws(GossipSubCodecError) -> [MessageID] {
        var reader = source
        var ids: [MessageID] = []
        while let field = try next(&reader) {
            if field.tag == 1 { try append(try content(reader, field), to: &ids) }
        }
        return ids
    }

    private mutating func graft(_ source: WireFields) throws(GossipSubCodecError) {
        try Self.count(&graftAndPruneCount, .graftsAndPrunes, limits.maximumGraftsAndPrunes)
        var reader = source
        var topic: String?
        while let field = try next(&reader) {
            if field.tag == 1 { topic = self.topic(try content(reader, field)) }
        }
        guard let topic else { return skip() }
        rpc.graft.append(topic)
    }

    private mutating func prune(_ source: WireFields) throws(GossipSubCodecError) {
        try Self.count(&graftAndPruneCount, .graftsAndPrunes, limits.maximumGraftsAndPrunes)
        var reader = source
        var topic: String?
        var prune = GossipRPC.Prune(topic: "", peers: [], backoff: nil)
        while let field = try next(&reader) {
            switch field.tag {
            case 1: topic = self.topic(try content(reader, field))
            case 2:
                guard prune.peers.count < limits.maximumExchangedPeers,
                    let peer = try exchangedPeer(try inner(reader, field))
                else {
                    skip()
                    continue
                }
                prune.peers.append(peer)
            case 3: prune.backoff = backoff(try integer(reader, field))
            default: break
            }
        }
        guard let topic else { return skip() }
        prune.topic = topic
        rpc.prune.append(prune)
    }

    private func exchangedPeer(
        _ source: WireFields
    ) throws(GossipSubCodecError) -> GossipRPC.ExchangedPeer? {
        var reader = source
        var id: PeerID?
        var record: [UInt8]?
        while let field = try next(&reader) {
            switch field.tag {
            case 1: id = try? PeerID(bytes: Array(try content(reader, field)))
            case 2:
                let content = try content(reader, field)
                if content.count <= limits.maximumRecordByteCount { record = Array(content) }
            default: break
            }
        }
        return id.map { .init(id: $0, signedRecord: record) }
    }

    // MARK: Values

    private func backoff(_ seconds: UInt64) -> Duration {
        min(limits.maximumBackoff, .seconds(Int64(clamping: seconds)))
    }

    private func topic(_ utf8: ArraySlice<UInt8>) -> String? {
        guard (1...limits.maximumTopicByteCount).contains(utf8.count) else { return nil }
        return String(validating: utf8, as: UTF8.self)
    }

    private mutating func append(
        _ bytes: ArraySlice<UInt8>, to ids: inout [MessageID]
    ) throws(GossipSubCodecError) {
        try Self.count(&idCount, .messageIDs, limits.maximumMessageIDs)
        guard (1...limits.maximumMessageIDByteCount).contains(bytes.count) else { return skip() }
        ids.append(MessageID(Array(bytes)))
    }

    private mutating func skip() { rpc.skipped += 1 }

    private static func count(
        _ counter: inout Int, _ part: GossipSubCodecError.Part, _ limit: Int
    ) throws(GossipSubCodecError) {
        guard counter < limit else { throw .tooMany(part, limit: limit) }
        counter += 1
    }

    // MARK: Fields

    private func next(_ reader: inout WireFields) throws(GossipSubCodecError) -> WireFields.Field? {
        do throws(WireError) { return try reader.next() } catch { throw .malformed }
    }

    private func inner(
        _ reader: WireFields, _ field: WireFields.Field
    ) throws(GossipSubCodecError) -> WireFields {
        guard case .bytes(let range) = field.value else { throw .malformed }
        return reader.message(in: range)
    }

    private func content(
        _ reader: WireFields, _ field: WireFields.Field
    ) throws(GossipSubCodecError) -> ArraySlice<UInt8> {
        guard case .bytes(let range) = field.value else { throw .malformed }
        return reader[range]
    }

    private func integer(
        _ reader: WireFields, _ field: WireFields.Field
    ) throws(GossipSubCodecError) -> UInt64 {
        guard case .number(let number) = field.value else { throw .malformed }
        return number
    }
}
