/// Why bytes are not a DNS message that can be read.
enum DNSError: Error, Hashable, Sendable {
    /// Cut off, or a name or length that cannot be.
    case malformed
    /// More questions, records or bytes than allowed.
    case tooLong
}

/// A name: labels of at most 63 bytes, 255 in all.
struct DNSLabels: Hashable, Sendable {
    var labels: [[UInt8]]

    init(_ labels: [[UInt8]]) { self.labels = labels }

    /// `_p2p._udp.local` and so on; for names in the source.
    init(_ text: StaticString) {
        labels = text.description.split(separator: ".").map { Array($0.utf8) }
    }

    /// Names are compared without regard to the case of ASCII letters (RFC 1035, §2.3.3).
    static func == (a: DNSLabels, b: DNSLabels) -> Bool { a.folded == b.folded }
    func hash(into hasher: inout Hasher) { hasher.combine(folded) }

    private var folded: [[UInt8]] {
        labels.map { $0.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 } }
    }
}

/// The parts of a DNS message that multicast DNS discovery needs (RFC 1035, §4; RFC 6762).
struct DNSMessage: Hashable, Sendable {
    /// Types of records that are told apart.
    enum Kind {
        static let pointer: UInt16 = 12
        static let text: UInt16 = 16
        static let any: UInt16 = 255
    }

    /// What is asked for.
    struct Question: Hashable, Sendable {
        var name: DNSLabels
        var type: UInt16
        /// The asker wants the answer for itself (RFC 6762, §5.4).
        var wantsUnicast = false
    }

    /// What a record says.
    enum Content: Hashable, Sendable {
        /// The name of an instance of a service.
        case pointer(DNSLabels)
        /// Texts.
        case texts([[UInt8]])
    }

    /// A record. Those of other types are not kept.
    struct Record: Hashable, Sendable {
        var name: DNSLabels
        var content: Content
        /// How long it holds, in seconds.
        var lifetime: UInt32
    }

    var isResponse = false
    var questions: [Question] = []
    /// Of all sections.
    var records: [Record] = []
}
