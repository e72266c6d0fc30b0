import struct NIOCore.ByteBuffer

/// Which side opened a connection or a stream.
public enum Direction: String, Sendable, Hashable, Codable {
    /// The remote opened it.
    case inbound
    /// This side opened it.
    case outbound
}

/// Turns a bare byte stream into a secured, multiplexed one: multistream-select for the security
/// protocol, Noise, and, unless the handshake settled it, multistream-select for the muxer.
///
/// Source: libp2p specs, "connections" (upgrade) and "inlined muxer negotiation".
struct UpgradeMachine: Sendable {
    /// What the upgrade has come to.
    enum Step: Sendable {
        /// More bytes are needed; send these first, if any.
        case needMore(send: ByteBuffer?)
        /// The connection stands. `rest` is plaintext of the muxer that came along already.
        case finished(send: ByteBuffer?, Upgraded, rest: ByteBuffer)
    }

    /// What the upgrade yields.
    struct Upgraded: Sendable {
        var session: NoiseSession
        var remotePeer: PeerID
        var remotePublicKey: PublicKey
    }

    private enum State: Sendable {
        case securityDialer(MultistreamDialer, NoiseHandshakeMachine)
        case securityListener(MultistreamListener, NoiseHandshakeMachine)
        case handshake(NoiseHandshakeMachine)
        case muxerDialer(MultistreamDialer, Upgraded)
        case muxerListener(MultistreamListener, Upgraded)
        case finished
    }

    static let security: ProtocolID = "/noise"
    static let muxer: ProtocolID = "/yamux/1.0.0"

    private let direction: Direction
    private var state: State
    private var plaintext = ByteBuffer()

    init(direction: Direction, noise: NoiseHandshakeMachine) throws(UpgradeError) {
        self.direction = direction
        switch direction {
        case .outbound: state = .securityDialer(try Self.proposing(Self.security), noise)
        case .inbound: state = .securityListener(MultistreamListener(), noise)
        }
    }

    private static func proposing(
        _ name: ProtocolID
    ) throws(UpgradeError) -> MultistreamDialer {
        do { return try MultistreamDialer(protocols: [name]) } catch { throw .negotiation(error) }
    }

    /// The first bytes of this side.
    mutating func start() -> ByteBuffer {
        switch state {
        case .securityDialer(let dialer, _): return dialer.start()
        case .securityListener(let listener, _): return listener.start()
        default:
            preconditionFailure("the upgrade was started twice")
        }
    }

    /// Consumes what has come of the remote's bytes.
    mutating func receive(_ bytes: inout ByteBuffer) throws(UpgradeError) -> Step {
        var outgoing: ByteBuffer?
        while true {
            switch state {
            case .securityDialer(var dialer, let noise):
                let step = try UpgradeError.negotiating { () throws(MultistreamError) in
                    try dialer.receive(&bytes)
                }
                state = .securityDialer(dialer, noise)
                guard append(step, to: &outgoing) else { return .needMore(send: outgoing) }
                try beginHandshake(noise, &outgoing)
            case .securityListener(var listener, let noise):
                let step = try UpgradeError.negotiating { () throws(MultistreamError) in
                    try listener.receive(&bytes) { $0 == Self.security }
                }
                state = .securityListener(listener, noise)
                guard append(step, to: &outgoing) else { return .needMore(send: outgoing) }
                try beginHandshake(noise, &outgoing)
            case .handshake(var noise):
                let step: NoiseStep
                do { step = try noise.receive(&bytes) } catch { throw .noise(error) }
                state = .handshake(noise)
                switch step {
                case .needMore:
                    return .needMore(send: outgoing)
                case .send(let reply):
                    outgoing.append(reply)
                case .finished(let reply, let result):
                    if let reply { outgoing.append(reply) }
                    let upgraded = Upgraded(
                        session: result.session, remotePeer: result.remotePeer,
                        remotePublicKey: result.remotePublicKey)
                    if let muxer = result.muxer {
                        guard muxer == Self.muxer else { throw .noMuxer(muxer) }
                        return try finish(upgraded, outgoing, &bytes)
                    }
                    try beginMuxerNegotiation(upgraded, &outgoing)
                }
            case .muxerDialer(var dialer, var upgraded):
                try open(&bytes, with: &upgraded)
                let step = try UpgradeError.negotiating { () throws(MultistreamError) in
                    try dialer.receive(&plaintext)
                }
                let isDone = try appendSealed(step, to: &outgoing, with: &upgraded)
                state = .muxerDialer(dialer, upgraded)
                guard isDone else { return .needMore(send: outgoing) }
                return try finish(upgraded, outgoing, &bytes)
            case .muxerListener(var listener, var upgraded):
                try open(&bytes, with: &upgraded)
                let step = try UpgradeError.negotiating { () throws(MultistreamError) in
                    try listener.receive(&plaintext) { $0 == Self.muxer }
                }
                let isDone = try appendSealed(step, to: &outgoing, with: &upgraded)
                state = .muxerListener(listener, upgraded)
                guard isDone else { return .needMore(send: outgoing) }
                return try finish(upgraded, outgoing, &bytes)
            case .finished:
                preconditionFailure("bytes given to an upgrade that has finished")
            }
        }
    }

    // MARK: Steps

    private mutating func beginHandshake(
        _ noise: NoiseHandshakeMachine, _ outgoing: inout ByteBuffer?
    ) throws(UpgradeError) {
        var noise = noise
        do {
            if let first = try noise.start() { outgoing.append(first) }
        } catch {
            throw .noise(error)
        }
        state = .handshake(noise)
    }

    private mutating func beginMuxerNegotiation(
        _ upgraded: Upgraded, _ outgoing: inout ByteBuffer?
    ) throws(UpgradeError) {
        var upgraded = upgraded
        var first: ByteBuffer
        switch direction {
        case .outbound:
            let dialer = try Self.proposing(Self.muxer)
            first = dialer.start()
            try seal(&first, &outgoing, with: &upgraded)
            state = .muxerDialer(dialer, upgraded)
        case .inbound:
            let listener = MultistreamListener()
            first = listener.start()
            try seal(&first, &outgoing, with: &upgraded)
            state = .muxerListener(listener, upgraded)
        }
    }

    private mutating func finish(
        _ upgraded: Upgraded, _ outgoing: ByteBuffer?, _ bytes: inout ByteBuffer
    ) throws(UpgradeError) -> Step {
        var upgraded = upgraded
        try open(&bytes, with: &upgraded)
        state = .finished
        let rest = plaintext
        plaintext = ByteBuffer()
        return .finished(send: outgoing, upgraded, rest: rest)
    }

    private mutating func open(
        _ bytes: inout ByteBuffer, with upgraded: inout Upgraded
    ) throws(UpgradeError) {
        do { try upgraded.session.open(&bytes, into: &plaintext) } catch { throw .noise(error) }
    }

    private func seal(
        _ bytes: inout ByteBuffer, _ outgoing: inout ByteBuffer?, with upgraded: inout Upgraded
    ) throws(UpgradeError) {
        var sealed = ByteBuffer()
        do { try upgraded.session.seal(&bytes, into: &sealed) } catch { throw .noise(error) }
        outgoing.append(sealed)
    }

    /// Takes over the bytes to send; whether a protocol was selected.
    private func append(_ step: MultistreamStep, to outgoing: inout ByteBuffer?) -> Bool {
        switch step {
        case .needMore(let reply):
            if let reply { outgoing.append(reply) }
            return false
        case .selected(_, let reply):
            if let reply { outgoing.append(reply) }
            return true
        }
    }

    private func appendSealed(
        _ step: MultistreamStep, to outgoing: inout ByteBuffer?, with upgraded: inout Upgraded
    ) throws(UpgradeError) -> Bool {
        var plain: ByteBuffer?
        let isDone = append(step, to: &plain)
        if var plain { try seal(&plain, &outgoing, with: &upgraded) }
        return isDone
    }
}

extension Optional<ByteBuffer> {
    /// Adds bytes to a buffer that may not be there yet.
    fileprivate mutating func append(_ bytes: ByteBuffer) {
        var bytes = bytes
        if self == nil { self = bytes } else { self?.writeBuffer(&bytes) }
    }
}

/// Why a connection could not be secured and multiplexed.
public enum UpgradeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// multistream-select failed: no common protocol, or the remote broke the protocol.
    case negotiation(MultistreamError)
    /// The Noise handshake failed.
    case noise(NoiseError)
    /// The handshake settled on a muxer that was not offered.
    case noMuxer(ProtocolID)

    static func negotiating<T>(
        _ body: () throws(MultistreamError) -> T
    ) throws(UpgradeError) -> T {
        do { return try body() } catch { throw .negotiation(error) }
    }

    /// What went wrong, in words.
    public var description: String {
        switch self {
        case .negotiation(let error): "protocol negotiation failed: \(error)"
        case .noise(let error): "secure handshake failed: \(error)"
        case .noMuxer(let name): "the remote chose the unknown muxer \(name)"
        }
    }
}
