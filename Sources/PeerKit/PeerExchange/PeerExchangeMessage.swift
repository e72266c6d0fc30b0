/// What peers say to each other in `/psic/pex/1.0.0`. A record is a signed envelope with a peer
/// record in it (libp2p RFC 0002, 0003).
enum PeerExchangeMessage: Sendable, Hashable {
    /// "Tell me of at most so many peers."
    case question(count: Int)
    /// "I have reached these."
    case answer(records: [[UInt8]])
    /// "There is a new peer." `hops`: how often this may still be passed on.
    case announcement(record: [UInt8], hops: Int)
}

/// Why bytes are not a message.
enum PeerExchangeError: Error, Hashable, Sendable {
    /// Not a message.
    case malformed
    /// More records than allowed, or than were asked for.
    case tooManyRecords(count: Int, limit: Int)
    /// A record longer than allowed.
    case recordTooLong(length: Int, limit: Int)
    /// To be passed on more often than allowed.
    case tooManyHops(count: UInt64, limit: Int)
    /// Another kind of message than fits here.
    case unexpected
}

/// The wire form: a protobuf message behind its length.
///
///     message Message { Question question = 1; Answer answer = 2; Announcement announcement = 3; }
///     message Question { uint32 count = 1; }
///     message Answer { repeated bytes records = 1; }
///     message Announcement { bytes record = 1; uint32 hops = 2; }
enum PeerExchangeCodec {
    static func encode(_ message: PeerExchangeMessage) -> [UInt8] {
        var outer = WireWriter()
        var inner = WireWriter()
        switch message {
        case .question(let count):
            inner.write(UInt64(clamping: count), tag: 1)
            outer.write(inner.bytes, tag: 1)
        case .answer(let records):
            for record in records { inner.write(record, tag: 1) }
            outer.write(inner.bytes, tag: 2)
        case .announcement(let record, let hops):
            inner.write(record, tag: 1)
            inner.write(UInt64(clamping: hops), tag: 2)
            outer.write(inner.bytes, tag: 3)
        }
        return outer.bytes
    }

    static func decode(
        _ bytes: [UInt8], limits: PeerExchangeLimits
    ) throws(PeerExchangeError) -> PeerExchangeMessage {
        guard bytes.count <= limits.maximumMessageBytes else { throw .malformed }
        var fields = WireFields(bytes, maximumFields: 4)
        while let field = try next(&fields) {
            guard let inner = fields.bytes(of: field) else { continue }
            switch field.tag {
            case 1: return .question(count: try count(inner))
            case 2: return .answer(records: try records(inner, limits))
            case 3: return try announcement(inner, limits)
            default: continue
            }
        }
        throw .malformed
    }

    private static func count(_ bytes: [UInt8]) throws(PeerExchangeError) -> Int {
        var fields = WireFields(bytes, maximumFields: 4)
        while let field = try next(&fields) {
            if field.tag == 1, let number = field.number { return Int(clamping: number) }
        }
        throw .malformed
    }

    private static func records(
        _ bytes: [UInt8], _ limits: PeerExchangeLimits
    ) throws(PeerExchangeError) -> [[UInt8]] {
        // Reads at most one too many, however long the message is.
        var fields = WireFields(bytes, maximumFields: limits.maximumRecords + 1)
        var records: [[UInt8]] = []
        while let field = try next(&fields) {
            guard field.tag == 1, let record = fields.bytes(of: field) else { continue }
            guard record.count <= limits.maximumRecordBytes else {
                throw .recordTooLong(length: record.count, limit: limits.maximumRecordBytes)
            }
            records.append(record)
            guard records.count <= limits.maximumRecords else {
                throw .tooManyRecords(count: records.count, limit: limits.maximumRecords)
            }
        }
        return records
    }

    private static func announcement(
        _ bytes: [UInt8], _ limits: PeerExchangeLimits
    ) throws(PeerExchangeError) -> PeerExchangeMessage {
        var fields = WireFields(bytes, maximumFields: 4)
        var record: [UInt8]?
        var hops: UInt64 = 0
        while let field = try next(&fields) {
            switch (field.tag, field.value) {
            case (1, .bytes(let range)): record = Array(fields[range])
            case (2, .number(let number)): hops = number
            default: continue
            }
        }
        guard let record else { throw .malformed }
        guard record.count <= limits.maximumRecordBytes else {
            throw .recordTooLong(length: record.count, limit: limits.maximumRecordBytes)
        }
        guard hops <= UInt64(limits.maximumHops) else {
            throw .tooManyHops(count: hops, limit: limits.maximumHops)
        }
        return .announcement(record: record, hops: Int(hops))
    }

    private static func next(
        _ fields: inout WireFields
    ) throws(PeerExchangeError) -> WireFields.Field? {
        do throws(WireError) { return try fields.next() } catch { throw .malformed }
    }
}
