import struct NIOCore.ByteBuffer

/// The proposing side of multistream-select 1.0.
///
/// Header and first proposal go out in one write. With exactly one protocol the owner may send
/// application bytes right behind them (lazy negotiation): nothing depends on the answer but whether
/// the stream lives, and ``receive(_:)`` checks the echo when it comes.
///
/// Specification: https://github.com/multiformats/multistream-select
///
/// Deviations: `ls` is never sent; simultaneous open is not spoken.
package struct MultistreamDialer: Sendable {
    private enum State {
        case awaitingHeader
        case awaitingAnswer(proposal: Int)
        case selected(ProtocolID)
        case failed(MultistreamError)
    }

    private let protocols: [ProtocolID]
    private var state = State.awaitingHeader

    /// - Parameter protocols: What to propose, most wanted first; at least one.
    /// - Throws: ``MultistreamError/notNegotiable(_:)``.
    package init(protocols: [ProtocolID]) throws(MultistreamError) {
        let bad = protocols.filter { !$0.isNegotiable }
        guard bad.isEmpty, !protocols.isEmpty else { throw .notNegotiable(bad) }
        self.protocols = protocols
    }

    /// Whether application bytes may follow ``start()`` at once.
    package var mayBeLazy: Bool { protocols.count == 1 }

    /// The bytes that open the negotiation: header and first proposal.
    package func start() -> ByteBuffer {
        var bytes = ByteBuffer()
        MultistreamCodec.write(MultistreamCodec.header, into: &bytes)
        MultistreamCodec.write(protocols[0], into: &bytes)
        return bytes
    }

    /// Takes the listener's messages off the front of `bytes`.
    ///
    /// Call again with the same, grown buffer after ``MultistreamStep/needMore(send:)``. What
    /// follows the agreement stays in `bytes`.
    ///
    /// - Throws: ``MultistreamError/noneSupported(_:)`` when the last proposal is refused, or the
    ///   remote's violation; the same again on every later call.
    package mutating func receive(
        _ bytes: inout ByteBuffer
    ) throws(MultistreamError) -> MultistreamStep {
        do {
            return try advance(&bytes)
        } catch {
            state = .failed(error)
            throw error
        }
    }

    private mutating func advance(
        _ bytes: inout ByteBuffer
    ) throws(MultistreamError) -> MultistreamStep {
        var reply: ByteBuffer?
        while true {
            switch state {
            case .selected(let name): return .selected(name, send: reply)
            case .failed(let error): throw error
            case .awaitingHeader, .awaitingAnswer: break
            }
            guard let message = try MultistreamCodec.readMessage(from: &bytes) else {
                return .needMore(send: reply)
            }
            guard case .awaitingAnswer(let proposal) = state else {
                guard message == MultistreamCodec.header else { throw .unexpectedHeader(message) }
                state = .awaitingAnswer(proposal: 0)
                continue
            }
            // Byte for byte: texts that are only canonically equivalent are different protocols.
            if message.utf8.elementsEqual(protocols[proposal].utf8) {
                state = .selected(message)
            } else if message == MultistreamCodec.notAvailable {
                guard proposal + 1 < protocols.count else { throw .noneSupported(protocols) }
                state = .awaitingAnswer(proposal: proposal + 1)
                var next = reply ?? ByteBuffer()
                MultistreamCodec.write(protocols[proposal + 1], into: &next)
                reply = next
            } else {
                throw .unexpectedAnswer(message, to: protocols[proposal])
            }
        }
    }
}
