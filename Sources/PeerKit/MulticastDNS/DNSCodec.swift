/// DNS messages to and from bytes, as far as ``DNSMessage`` goes.
///
/// Names are written out in full. Those read may be compressed (RFC 1035, §4.1.4); a pointer must
/// lead to before the name it stands in, so that none can lead in a ring.
enum DNSCodec {
    static let internetClass: UInt16 = 1
    /// The top bit of a class says "unicast please" in questions, "forget others" in records.
    static let topBit: UInt16 = 0x8000
    static let maximumNameBytes = 255
    static let maximumLabelBytes = 63

    // MARK: Writing

    static func encode(_ message: DNSMessage) -> [UInt8] {
        var bytes: [UInt8] = [0, 0]
        // QR and AA in responses (RFC 6762, §18).
        append(message.isResponse ? 0x8400 : 0, to: &bytes)
        append(UInt16(clamping: message.questions.count), to: &bytes)
        append(UInt16(clamping: message.records.count), to: &bytes)
        bytes += [0, 0, 0, 0]
        for question in message.questions {
            append(question.name, to: &bytes)
            append(question.type, to: &bytes)
            append(internetClass | (question.wantsUnicast ? topBit : 0), to: &bytes)
        }
        for record in message.records { append(record, to: &bytes) }
        return bytes
    }

    private static func append(_ record: DNSMessage.Record, to bytes: inout [UInt8]) {
        append(record.name, to: &bytes)
        var content: [UInt8] = []
        switch record.content {
        case .pointer(let name):
            append(DNSMessage.Kind.pointer, to: &bytes)
            append(internetClass, to: &bytes)
            append(name, to: &content)
        case .texts(let texts):
            append(DNSMessage.Kind.text, to: &bytes)
            append(internetClass | topBit, to: &bytes)
            for text in texts {
                let text = text.prefix(255)
                content.append(UInt8(text.count))
                content += text
            }
            // A record without text has one empty text (RFC 1035, §3.3.14).
            if texts.isEmpty { content = [0] }
        }
        append(UInt16(truncatingIfNeeded: record.lifetime >> 16), to: &bytes)
        append(UInt16(truncatingIfNeeded: record.lifetime), to: &bytes)
        append(UInt16(clamping: content.count), to: &bytes)
        bytes += content
    }

    private static func append(_ name: DNSLabels, to bytes: inout [UInt8]) {
        for label in name.labels where !label.isEmpty {
            let label = label.prefix(maximumLabelBytes)
            bytes.append(UInt8(label.count))
            bytes += label
        }
        bytes.append(0)
    }

    private static func append(_ number: UInt16, to bytes: inout [UInt8]) {
        bytes += [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
    }

    // MARK: Reading

    static func decode(
        _ bytes: [UInt8], limits: MulticastDNSLimits
    ) throws(DNSError) -> DNSMessage {
        guard bytes.count <= limits.maximumMessageBytes else { throw .tooLong }
        var reader = DNSReader(bytes: bytes, maximumJumps: limits.maximumJumps)
        _ = try reader.number()
        let flags = try reader.number()
        let counts = [
            try reader.number(), try reader.number(), try reader.number(), try reader.number(),
        ].map(Int.init)
        // Operation and response code must be zero (RFC 6762, §18.3, §18.11).
        guard flags & 0x780f == 0 else { throw .malformed }
        guard counts[0] <= limits.maximumQuestions,
            counts[1] + counts[2] + counts[3] <= limits.maximumRecords
        else { throw .tooLong }
        var message = DNSMessage()
        message.isResponse = flags & 0x8000 != 0
        for _ in 0..<counts[0] {
            let name = try reader.name()
            let type = try reader.number()
            let unicast = try reader.number() & topBit != 0
            message.questions.append(.init(name: name, type: type, wantsUnicast: unicast))
        }
        for _ in 0..<(counts[1] + counts[2] + counts[3]) {
            if let record = try reader.record(limits) { message.records.append(record) }
        }
        return message
    }
}

/// Reads a DNS message from front to back.
struct DNSReader {
    let bytes: [UInt8]
    let maximumJumps: Int
    private(set) var position = 0

    init(bytes: [UInt8], maximumJumps: Int) {
        self.bytes = bytes
        self.maximumJumps = maximumJumps
    }

    mutating func number() throws(DNSError) -> UInt16 {
        guard position + 2 <= bytes.count else { throw .malformed }
        defer { position += 2 }
        return UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
    }

    /// A name, following pointers.
    mutating func name() throws(DNSError) -> DNSLabels {
        var labels: [[UInt8]] = []
        var length = 1
        var at = position
        /// Where reading goes on: behind the first pointer.
        var end: Int?
        /// Pointers must lead to before here.
        var start = position
        var jumps = 0
        while true {
            guard at < bytes.count else { throw .malformed }
            let count = Int(bytes[at])
            switch count >> 6 {
            case 0 where count == 0:
                position = end ?? at + 1
                return DNSLabels(labels)
            case 0:
                guard at + 1 + count <= bytes.count else { throw .malformed }
                length += count + 1
                guard length <= DNSCodec.maximumNameBytes else { throw .malformed }
                labels.append(Array(bytes[(at + 1)...(at + count)]))
                at += count + 1
            case 3:
                guard at + 1 < bytes.count, jumps < maximumJumps else { throw .malformed }
                let target = (count & 0x3f) << 8 | Int(bytes[at + 1])
                guard target < start else { throw .malformed }
                if end == nil { end = at + 2 }
                jumps += 1
                start = target
                at = target
            default: throw .malformed
            }
        }
    }

    /// A record; `nil` for one of another type or class.
    mutating func record(_ limits: MulticastDNSLimits) throws(DNSError) -> DNSMessage.Record? {
        let name = try name()
        let type = try number()
        let recordClass = try number() & ~DNSCodec.topBit
        let lifetime = UInt32(try number()) << 16 | UInt32(try number())
        let count = Int(try number())
        let end = position + count
        guard end <= bytes.count else { throw .malformed }
        defer { position = end }
        guard recordClass == DNSCodec.internetClass else { return nil }
        switch type {
        case DNSMessage.Kind.pointer:
            let target = try self.name()
            guard position == end else { throw .malformed }
            return .init(name: name, content: .pointer(target), lifetime: lifetime)
        case DNSMessage.Kind.text:
            return .init(
                name: name, content: .texts(try texts(until: end, limits)), lifetime: lifetime)
        default: return nil
        }
    }

    private mutating func texts(
        until end: Int, _ limits: MulticastDNSLimits
    ) throws(DNSError) -> [[UInt8]] {
        var texts: [[UInt8]] = []
        while position < end {
            let count = Int(bytes[position])
            guard position + 1 + count <= end else { throw .malformed }
            guard texts.count < limits.maximumTexts else { throw .tooLong }
            texts.append(Array(bytes[(position + 1)..<(position + 1 + count)]))
            position += 1 + count
        }
        return texts
    }
}
