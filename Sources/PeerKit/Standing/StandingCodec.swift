import struct NIOCore.ByteBuffer

/// The form in which the standing book lies on disk.
///
/// A peer's entry is a version, the score (bits of a double, big-endian), and unsigned varints and
/// texts with their lengths in front. Times are milliseconds since 1970, 0 for none. What cannot be
/// read is dropped: a node with a damaged book begins a new page.
enum StandingCodec {
    /// Written first; another one is not read.
    static let version: UInt8 = 1
    /// Longest text read, in bytes: a detail of four-byte characters.
    static let maximumTextBytes = StandingLimits.maximumDetailLength * 4

    /// A peer's entry with times that survive a restart.
    struct Entry: Sendable, Hashable {
        var score: Double
        var updated: UInt64
        var suspensions: Int
        var suspended: UInt64
        var suspendedUntil: UInt64
        var isBanned: Bool
        var faults: [PeerStanding.RecordedFault]
    }

    // MARK: Entries

    static func encode(_ entry: Entry) -> [UInt8] {
        var bytes = ByteBuffer()
        bytes.writeInteger(version)
        bytes.writeInteger(entry.score.bitPattern)
        bytes.writeNumber(entry.updated)
        bytes.writeNumber(UInt64(clamping: entry.suspensions))
        bytes.writeNumber(entry.suspended)
        bytes.writeNumber(entry.suspendedUntil)
        bytes.writeNumber(entry.isBanned ? 1 : 0)
        bytes.writeNumber(UInt64(entry.faults.count))
        for fault in entry.faults {
            bytes.writeText(fault.fault.kind.rawValue)
            bytes.writeText(fault.fault.protocolID)
            bytes.writeText(fault.fault.detail)
            bytes.writeNumber(UInt64(clamping: fault.count))
            bytes.writeNumber(fault.time)
            bytes.writeInteger(fault.points.bitPattern)
        }
        return Array(bytes.readableBytesView)
    }

    static func decodeEntry(_ data: [UInt8]) -> Entry? {
        var bytes = ByteBuffer(bytes: data)
        guard bytes.readInteger(as: UInt8.self) == version, let score = bytes.readPoints(),
            score <= 0, let updated = bytes.readNumber(), let suspensions = bytes.readNumber(),
            let suspended = bytes.readNumber(), let until = bytes.readNumber(),
            let isBanned = bytes.readNumber(), isBanned <= 1, let count = bytes.readNumber(),
            count <= UInt64(StandingLimits.maximumFaultsPerPeer)
        else { return nil }
        var faults: [PeerStanding.RecordedFault] = []
        for _ in 0..<count {
            guard let fault = decodeFault(&bytes) else { return nil }
            faults.append(fault)
        }
        guard bytes.readableBytes == 0 else { return nil }
        return Entry(
            score: score, updated: updated, suspensions: Int(min(suspensions, 1000)),
            suspended: suspended, suspendedUntil: until, isBanned: isBanned == 1, faults: faults)
    }

    private static func decodeFault(_ bytes: inout ByteBuffer) -> PeerStanding.RecordedFault? {
        guard let kind = bytes.readText().flatMap(PeerFault.Kind.init(rawValue:)),
            let protocolID = bytes.readText(), protocolID.utf8.count <= maximumTextBytes,
            let detail = bytes.readText(),
            let count = bytes.readNumber(), let time = bytes.readNumber(),
            let points = bytes.readPoints()
        else { return nil }
        return .init(
            fault: PeerFault(kind, in: protocolID, detail), count: Int(min(count, 1 << 40)),
            time: time,
            points: points)
    }

    // MARK: Bans

    static func encode(_ ban: Ban) -> [UInt8] {
        var bytes = ByteBuffer()
        bytes.writeInteger(version)
        bytes.writeText(ban.reason)
        bytes.writeNumber(ban.since)
        bytes.writeNumber(ban.until ?? 0)
        return Array(bytes.readableBytesView)
    }

    /// - Parameter key: The text of the subject.
    static func decodeBan(key: [UInt8], _ data: [UInt8]) -> Ban? {
        var bytes = ByteBuffer(bytes: data)
        guard let subject = BanSubject(String(decoding: key, as: UTF8.self)),
            bytes.readInteger(as: UInt8.self) == version, let reason = bytes.readText(),
            let since = bytes.readNumber(), let until = bytes.readNumber(), bytes.readableBytes == 0
        else { return nil }
        return Ban(subject: subject, reason: reason, since: since, until: until == 0 ? nil : until)
    }
}

extension ByteBuffer {
    fileprivate mutating func writeNumber(_ value: UInt64) {
        writeVarInt(min(value, VarInt.maximumValue))
    }

    fileprivate mutating func readNumber() -> UInt64? { try? readVarInt() }

    fileprivate mutating func writeText(_ text: String) {
        let bytes = text.utf8.prefix(StandingCodec.maximumTextBytes)
        writeNumber(UInt64(bytes.count))
        writeBytes(bytes)
    }

    fileprivate mutating func readText() -> String? {
        guard let count = readNumber(), count <= UInt64(StandingCodec.maximumTextBytes) else {
            return nil
        }
        return readBytes(length: Int(count)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A number that can be added to without end.
    fileprivate mutating func readPoints() -> Double? {
        guard let bits = readInteger(as: UInt64.self) else { return nil }
        let value = Double(bitPattern: bits)
        return value.magnitude <= 1e12 ? value : nil
    }
}
