/// Gathers the parts of an RPC and divides them so that no RPC is longer than a limit.
struct GossipRPCPacker {
    /// Where a part belongs, in the order of the wire.
    enum Kind: Int, CaseIterable {
        case subscriptions, messages
        case have, want, graft, prune, dontWant

        /// The field of the RPC, or of its control message.
        var field: UInt8 {
            switch self {
            case .subscriptions, .have: 1
            case .messages, .want: 2
            case .graft: 3
            case .prune: 4
            case .dontWant: 5
            }
        }

        var isControl: Bool { rawValue >= Kind.have.rawValue }
    }

    private let limit: Int
    private var parts = [[UInt8]](repeating: [], count: Kind.allCases.count)
    private var plainByteCount = 0
    private var controlByteCount = 0
    private var finished: [[UInt8]] = []

    init(limit: Int) { self.limit = limit }

    /// Adds one part; one that alone exceeds the limit is left out.
    mutating func add(_ part: [UInt8], to kind: Kind) {
        let byteCount = fieldByteCount(part.count)
        guard total(adding: byteCount, to: kind, from: (0, 0)) <= limit else { return }
        if total(adding: byteCount, to: kind, from: (plainByteCount, controlByteCount)) > limit {
            flush()
        }
        parts[kind.rawValue].appendField(kind.field, part)
        if kind.isControl { controlByteCount += byteCount } else { plainByteCount += byteCount }
    }

    /// Adds an entry that holds a list of message IDs, or several entries if it must.
    mutating func add(ids: [MessageID], field: UInt8, prefix: [UInt8], to kind: Kind) {
        // Room for the headers of the entry and of the control message, each at most six bytes.
        let room = limit - 12
        var entry = prefix
        for id in ids {
            if entry.count > prefix.count, entry.count + fieldByteCount(id.bytes.count) > room {
                add(entry, to: kind)
                entry = prefix
            }
            entry.appendField(field, id.bytes)
        }
        if entry.count > prefix.count { add(entry, to: kind) }
    }

    /// All RPCs; none if nothing was added.
    mutating func finish() -> [[UInt8]] {
        flush()
        return finished
    }

    private mutating func flush() {
        guard plainByteCount + controlByteCount > 0 else { return }
        var rpc: [UInt8] = []
        rpc.reserveCapacity(plainByteCount + fieldByteCount(controlByteCount))
        for kind in Kind.allCases where !kind.isControl { rpc += parts[kind.rawValue] }
        if controlByteCount > 0 {
            rpc.append(3 << 3 | 2)
            VarInt.append(UInt64(controlByteCount), to: &rpc)
            for kind in Kind.allCases where kind.isControl { rpc += parts[kind.rawValue] }
        }
        finished.append(rpc)
        self.parts = [[UInt8]](repeating: [], count: Kind.allCases.count)
        plainByteCount = 0
        controlByteCount = 0
    }

    private func total(
        adding byteCount: Int, to kind: Kind, from current: (plain: Int, control: Int)
    ) -> Int {
        let control = current.control + (kind.isControl ? byteCount : 0)
        let plain = current.plain + (kind.isControl ? 0 : byteCount)
        return plain + (control > 0 ? fieldByteCount(control) : 0)
    }

    private func fieldByteCount(_ contentByteCount: Int) -> Int {
        1 + VarInt.encodedByteCount(UInt64(contentByteCount)) + contentByteCount
    }
}
