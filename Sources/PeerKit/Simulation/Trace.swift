import Crypto

/// The running SHA-256 of everything that happened in a simulation, in order.
///
/// Each event is one or more little-endian 64-bit words, the first of which begins with the kind of
/// the event in its high byte. Two runs with equal hashes made the same choices, fired the same
/// timers and carried the same packets.
struct Trace {
    /// What happened. Raw values are part of the hash: append only.
    enum Kind: UInt8 {
        case choice = 1
        case timer
        case custom
        case segmentSent
        case segmentArrived
        case segmentHeld
        case segmentResent
        case datagramSent
        case datagramArrived
        case datagramLost
        case datagramDuplicated
        case connecting
        case connected
        case connectFailed
        case channelClosed
        case partition
        case crash
        case restart
        case commit
        case commitLost
        case channelReset
    }

    private var hash = SHA256()
    private var buffer: ContiguousArray<UInt64> = []
    private static let capacity = 1024
    /// Gets one line per event; for debugging, not part of the hash.
    var sink: (@Sendable (String) -> Void)?
    /// Number of events so far.
    private(set) var count: UInt64 = 0

    init() { buffer.reserveCapacity(Self.capacity + 8) }

    /// Adds an event with two numbers, of 56 and 64 bits.
    mutating func add(_ kind: Kind, _ first: UInt64, _ second: UInt64, at now: UInt64) {
        count &+= 1
        buffer.append(UInt64(kind.rawValue) << 56 | (first & 0x00ff_ffff_ffff_ffff))
        buffer.append(second)
        if buffer.count >= Self.capacity { flush() }
        if let sink { sink("\(now) \(kind) \(first) \(second)") }
    }

    /// Adds a scheduling choice: the hot path, one word.
    mutating func addChoice(executor: Int, index: Int, at now: UInt64) {
        count &+= 1
        buffer.append(
            UInt64(Kind.choice.rawValue) << 56 | UInt64(executor & 0xff_ffff) << 32
                | UInt64(index & 0xffff_ffff))
        if buffer.count >= Self.capacity { flush() }
        if let sink { sink("\(now) choice executor=\(executor) index=\(index)") }
    }

    /// Adds an event with text.
    mutating func add(_ kind: Kind, text: String, at now: UInt64) {
        let bytes = Array(text.utf8)
        count &+= 1
        buffer.append(UInt64(kind.rawValue) << 56 | UInt64(bytes.count & 0xffff_ffff))
        buffer.append(now)
        flush()
        hash.update(data: bytes)
        if let sink { sink("\(now) \(kind) \(text)") }
    }

    /// The hash of all events so far; more may follow.
    mutating func digest() -> [UInt8] {
        flush()
        return Array(hash.finalize())
    }

    private mutating func flush() {
        guard !buffer.isEmpty else { return }
        #if _endian(big)
        for index in buffer.indices { buffer[index] = buffer[index].littleEndian }
        #endif
        buffer.withUnsafeBytes { hash.update(bufferPointer: $0) }
        buffer.removeAll(keepingCapacity: true)
    }
}

extension Sequence where Element == UInt8 {
    /// The bytes in lower-case hexadecimal.
    var simulationHex: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
