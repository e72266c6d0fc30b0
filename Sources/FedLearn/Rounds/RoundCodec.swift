/// The bytes of round messages and of what is kept on disk.
///
/// Version 1. One byte version, one byte kind, then fields: integers as little-endian `UInt64`, lists
/// with their count in front as `UInt32`, hashes as 32 bytes, floats as little-endian bit patterns.
/// Compressed updates and models with a memory have kinds of their own; on disk, where there are no
/// kinds, states that hold them have version 2.
/// Every count is checked against the bytes that are left and the limits before anything is
/// allocated, and nothing may follow the last field.
public enum RoundCodec {
    static let version: UInt8 = 1
    /// Of what is kept on disk, if it holds compressed updates or a memory.
    static let wideVersion: UInt8 = 2

    private typealias Kind = RoundMessage.Kind
    /// Kinds of messages besides those of ``RoundMessage``: the same with a wider field.
    private enum WideKind: UInt8 { case compressedUpdate = 11, catchUpWithMemory }

    /// Why bytes are not a message.
    public enum Failure: Error, Equatable, Sendable {
        /// They end before the message does.
        case truncated
        /// They go on after it.
        case trailingBytes
        /// Another version or an unknown kind.
        case unknown(UInt8)
        /// A number beyond its limit, or a list out of order.
        case outOfRange
    }

    // MARK: Messages

    /// The bytes of a message.
    public static func encode(_ message: RoundMessage) -> [UInt8] {
        var out = Writer()
        out.byte(version)
        out.byte(wideKind(of: message)?.rawValue ?? message.kind.rawValue)
        switch message {
        case .hello(let completed):
            out.int(completed)
        case .update(let update):
            out.update(update)
        case .need(let round, let digests):
            out.int(round)
            out.count(digests.count)
            for digest in digests { out.bytes(digest.bytes) }
        case .prepare(let round, let ballot):
            out.ints(round, ballot)
        case .promise(let round, let ballot, let accepted):
            out.ints(round, ballot)
            out.accepted(accepted)
        case .propose(let round, let ballot, let selection):
            out.ints(round, ballot)
            out.selection(selection)
        case .accepted(let round, let ballot):
            out.ints(round, ballot)
        case .refused(let round, let ballot, let promised):
            out.ints(round, ballot, promised)
        case .decided(let round, let selection):
            out.int(round)
            out.selection(selection)
        case .catchUpRequest(let completed):
            out.int(completed)
        case .catchUp(let state):
            out.model(state)
            if !state.shared.memory.isEmpty { out.blob(state.shared.memory) }
        }
        return out.result
    }

    private static func wideKind(of message: RoundMessage) -> WideKind? {
        switch message {
        case .update(let update) where update.isCompressed: .compressedUpdate
        case .catchUp(let state) where !state.shared.memory.isEmpty: .catchUpWithMemory
        default: nil
        }
    }

    /// Reads a message.
    public static func decode(_ bytes: [UInt8]) throws(Failure) -> RoundMessage {
        var reader = Reader(bytes)
        let version = try reader.byte()
        guard version == Self.version else { throw .unknown(version) }
        let code = try reader.byte()
        let message: RoundMessage
        if let kind = WideKind(rawValue: code) {
            message = try decode(kind, &reader)
        } else if let kind = Kind(rawValue: code) {
            message = try decode(kind, &reader)
        } else {
            throw .unknown(code)
        }
        guard reader.isAtEnd else { throw .trailingBytes }
        return message
    }

    private static func decode(
        _ kind: WideKind, _ reader: inout Reader
    ) throws(Failure) -> RoundMessage {
        switch kind {
        case .compressedUpdate: .update(try reader.compressedUpdate())
        case .catchUpWithMemory: .catchUp(try reader.modelWithMemory())
        }
    }

    private static func decode(
        _ kind: Kind, _ reader: inout Reader
    ) throws(Failure) -> RoundMessage {
        switch kind {
        case .hello: return .hello(completed: try reader.round())
        case .update: return .update(try reader.update())
        case .need:
            let round = try reader.round()
            let count = try reader.count(limit: RoundLimits.maximumMembers, each: 32)
            var digests: [ContentHash] = []
            for _ in 0..<count { digests.append(try reader.hash()) }
            return .need(round: round, digests)
        case .prepare: return .prepare(round: try reader.round(), ballot: try reader.ballot())
        case .promise:
            return .promise(
                round: try reader.round(), ballot: try reader.ballot(),
                accepted: try reader.accepted())
        case .propose:
            return .propose(
                round: try reader.round(), ballot: try reader.ballot(), try reader.selection())
        case .accepted: return .accepted(round: try reader.round(), ballot: try reader.ballot())
        case .refused:
            return .refused(
                round: try reader.round(), ballot: try reader.ballot(),
                promised: try reader.ballot())
        case .decided: return .decided(round: try reader.round(), try reader.selection())
        case .catchUpRequest: return .catchUpRequest(completed: try reader.round())
        case .catchUp: return .catchUp(try reader.model())
        }
    }

    // MARK: What is kept on disk

    /// The bytes of an acceptor's state.
    public static func encode(_ state: RoundState) -> [UInt8] {
        var out = Writer()
        let isWide = state.updates.contains(where: \.isCompressed)
        out.byte(isWide ? wideVersion : version)
        out.ints(state.round, state.promised)
        out.accepted(state.accepted)
        out.count(state.updates.count)
        for update in state.updates {
            if isWide { out.byte(update.isCompressed ? 1 : 0) }
            out.update(update)
        }
        return out.result
    }

    /// Reads an acceptor's state.
    public static func decodeState(_ bytes: [UInt8]) throws(Failure) -> RoundState {
        var reader = Reader(bytes)
        let version = try reader.byte()
        let isWide = version == wideVersion
        guard isWide || version == Self.version else { throw .unknown(version) }
        var state = RoundState(round: try reader.round(), promised: try reader.ballot())
        state.accepted = try reader.accepted()
        let count = try reader.count(limit: RoundLimits.maximumMembers, each: 32)
        for _ in 0..<count {
            let form = isWide ? try reader.byte() : 0
            guard form <= 1 else { throw .unknown(form) }
            state.updates.append(
                form == 1 ? try reader.compressedUpdate() : try reader.update())
        }
        guard reader.isAtEnd else { throw .trailingBytes }
        guard isWide == state.updates.contains(where: \.isCompressed) else { throw .outOfRange }
        return state
    }

    /// The bytes of a model.
    public static func encode(_ model: ModelState) -> [UInt8] {
        var out = Writer()
        let memory = model.shared.memory
        out.byte(memory.isEmpty ? version : wideVersion)
        out.model(model)
        if !memory.isEmpty { out.blob(memory) }
        return out.result
    }

    /// Reads a model.
    public static func decodeModel(_ bytes: [UInt8]) throws(Failure) -> ModelState {
        var reader = Reader(bytes)
        let version = try reader.byte()
        guard version == Self.version || version == wideVersion else { throw .unknown(version) }
        let model =
            version == wideVersion ? try reader.modelWithMemory() : try reader.model()
        guard reader.isAtEnd else { throw .trailingBytes }
        return model
    }

    /// What members agree on when they agree on an update.
    static func digest(
        round: Int, member: Int, exampleCount: Int, meanLoss: Float, change: RoundUpdate.Change
    ) -> ContentHash {
        var out = Writer()
        // The bytes of an update that is not compressed have no name in front, as they had none from
        // the beginning; no such update begins with a round of this number.
        if case .compressed = change { out.bytes(Array("psic compressed update 1".utf8)) }
        out.fields(round, member, exampleCount, meanLoss, change)
        return ContentHash(hashing: out.result)
    }

    // MARK: Writing

    private struct Writer {
        var result: [UInt8] = []

        mutating func byte(_ value: UInt8) { result.append(value) }
        mutating func bytes(_ value: [UInt8]) { result += value }
        mutating func int(_ value: Int) {
            withUnsafeBytes(of: UInt64(clamping: value).littleEndian) { result += $0 }
        }
        mutating func ints(_ values: Int...) { for value in values { int(value) } }
        mutating func count(_ value: Int) {
            withUnsafeBytes(of: UInt32(clamping: value).littleEndian) { result += $0 }
        }
        mutating func float(_ value: Float) {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { result += $0 }
        }
        mutating func floats(_ values: [Float]) {
            count(values.count)
            result.reserveCapacity(result.count + values.count * 4)
            #if _endian(little)
            values.withUnsafeBytes { result += $0 }
            #else
            for value in values { float(value) }
            #endif
        }
        mutating func fields(
            _ round: Int, _ member: Int, _ exampleCount: Int, _ meanLoss: Float,
            _ change: RoundUpdate.Change
        ) {
            ints(round, member, exampleCount)
            float(meanLoss)
            switch change {
            case .dense(let values): floats(values)
            case .compressed(let bytes): blob(bytes)
            }
        }
        mutating func blob(_ value: [UInt8]) {
            count(value.count)
            bytes(value)
        }
        mutating func update(_ update: RoundUpdate) {
            fields(
                update.round, update.member, update.exampleCount, update.meanLoss, update.change)
        }
        mutating func selection(_ selection: Selection) {
            count(selection.entries.count)
            for entry in selection.entries {
                int(entry.member)
                bytes(entry.digest.bytes)
            }
        }
        mutating func accepted(_ accepted: AcceptedSelection?) {
            byte(accepted == nil ? 0 : 1)
            guard let accepted else { return }
            int(accepted.ballot)
            selection(accepted.selection)
        }
        mutating func model(_ state: ModelState) {
            int(state.completed)
            floats(state.parameters)
            let history = state.history.suffix(RoundLimits.maximumHistory)
            count(history.count)
            for record in history {
                int(record.round)
                count(record.counted.count)
                for member in record.counted { byte(UInt8(truncatingIfNeeded: member)) }
                bytes(record.modelHash.bytes)
            }
        }
    }

    // MARK: Reading

    private struct Reader {
        private let bytes: [UInt8]
        private var position = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { position == bytes.count }

        private mutating func take(_ count: Int) throws(Failure) -> ArraySlice<UInt8> {
            guard count <= bytes.count - position else { throw .truncated }
            defer { position += count }
            return bytes[position..<position + count]
        }

        mutating func byte() throws(Failure) -> UInt8 {
            guard let byte = try take(1).first else { throw .truncated }
            return byte
        }
        /// `count` bytes, the lowest first; at most eight.
        private mutating func integer(_ count: Int) throws(Failure) -> UInt64 {
            try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        private mutating func int(limit: Int) throws(Failure) -> Int {
            let value = try integer(8)
            guard value <= UInt64(limit) else { throw .outOfRange }
            return Int(value)
        }
        mutating func round() throws(Failure) -> Int { try int(limit: RoundLimits.maximumRounds) }
        mutating func ballot() throws(Failure) -> Int { try int(limit: Int(Int32.max)) }
        mutating func member() throws(Failure) -> Int {
            try int(limit: RoundLimits.maximumMembers - 1)
        }
        mutating func count(limit: Int, each size: Int) throws(Failure) -> Int {
            let count = Int(try integer(4))
            guard count <= limit else { throw .outOfRange }
            guard count * size <= bytes.count - position else { throw .truncated }
            return count
        }
        mutating func hash() throws(Failure) -> ContentHash {
            guard let hash = ContentHash(bytes: try take(32)) else { throw .truncated }
            return hash
        }
        mutating func float() throws(Failure) -> Float {
            Float(bitPattern: UInt32(truncatingIfNeeded: try integer(4)))
        }
        mutating func floats() throws(Failure) -> [Float] {
            let count = try count(limit: RoundLimits.maximumParameters, each: 4)
            let raw = try take(count * 4)
            return [Float](unsafeUninitializedCapacity: count) { target, initialized in
                raw.withUnsafeBytes { source in
                    for index in 0..<count {
                        let bits = source.loadUnaligned(
                            fromByteOffset: index * 4, as: UInt32.self)
                        target.initializeElement(
                            at: index, to: Float(bitPattern: UInt32(littleEndian: bits)))
                    }
                }
                initialized = count
            }
        }
        mutating func update() throws(Failure) -> RoundUpdate {
            RoundUpdate(
                round: try round(), member: try member(),
                exampleCount: try int(limit: RoundLimits.maximumExamples),
                meanLoss: try float(), delta: try floats())
        }
        mutating func compressedUpdate() throws(Failure) -> RoundUpdate {
            RoundUpdate(
                round: try round(), member: try member(),
                exampleCount: try int(limit: RoundLimits.maximumExamples),
                meanLoss: try float(),
                change: .compressed(
                    try blob(
                        limit: CompressionLimits.maximumBytes(
                            dimension: CompressionLimits.maximumDimension))))
        }
        mutating func blob(limit: Int) throws(Failure) -> [UInt8] {
            Array(try take(try count(limit: limit, each: 1)))
        }
        mutating func modelWithMemory() throws(Failure) -> ModelState {
            var state = try model()
            state.shared.memory = try blob(
                limit: ServerMemory.maximumBytes(parameterCount: RoundLimits.maximumParameters))
            // Without one, the other form is the one that such a state has.
            guard !state.shared.memory.isEmpty else { throw .outOfRange }
            return state
        }
        mutating func selection() throws(Failure) -> Selection {
            let count = try count(limit: RoundLimits.maximumMembers, each: 40)
            var entries: [Selection.Entry] = []
            for _ in 0..<count {
                entries.append(.init(member: try member(), digest: try hash()))
            }
            guard let selection = Selection(entries), selection.entries == entries else {
                throw .outOfRange
            }
            return selection
        }
        mutating func accepted() throws(Failure) -> AcceptedSelection? {
            switch try byte() {
            case 0: return nil
            case 1: return AcceptedSelection(ballot: try ballot(), selection: try selection())
            case let other: throw .unknown(other)
            }
        }
        mutating func model() throws(Failure) -> ModelState {
            let completed = try round()
            let parameters = try floats()
            let count = try count(limit: RoundLimits.maximumHistory, each: 44)
            var history: [RoundRecord] = []
            for _ in 0..<count {
                let round = try round()
                let members = try self.count(limit: RoundLimits.maximumMembers, each: 1)
                let counted = try take(members).map { Int($0) }
                guard counted.allSatisfy({ $0 < RoundLimits.maximumMembers }) else {
                    throw .outOfRange
                }
                history.append(
                    RoundRecord(round: round, counted: counted, modelHash: try hash()))
            }
            return ModelState(completed: completed, parameters: parameters, history: history)
        }
    }
}
