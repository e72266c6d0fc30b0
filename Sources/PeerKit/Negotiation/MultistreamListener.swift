import struct NIOCore.ByteBuffer

/// The answering side of multistream-select 1.0.
///
/// The header goes out at once, without waiting for the dialer's, so that a dialer that waits for it
/// loses no round trip more than it must.
///
/// Deviations: `ls` is answered with `na`, as go-multistream does. At most
/// ``MultistreamLimits/maximumRefusedProposals`` proposals are refused.
package struct MultistreamListener: Sendable {
    private enum State {
        case awaitingHeader
        case awaitingProposal(refused: Int)
        case selected(ProtocolID)
        case failed(MultistreamError)
    }

    private var state = State.awaitingHeader

    package init() {}

    /// The bytes to send first.
    package func start() -> ByteBuffer {
        var bytes = ByteBuffer()
        MultistreamCodec.write(MultistreamCodec.header, into: &bytes)
        return bytes
    }

    /// Takes the dialer's messages off the front of `bytes` and answers them.
    ///
    /// A lazy dialer's application bytes may stand behind its proposal, with the end of the stream
    /// behind them; they stay in `bytes`.
    ///
    /// - Parameter supports: Whether we speak the protocol on this stream.
    /// - Throws: The remote's violation; the same again on every later call.
    package mutating func receive(
        _ bytes: inout ByteBuffer, supports: (ProtocolID) -> Bool
    ) throws(MultistreamError) -> MultistreamStep {
        do {
            return try advance(&bytes, supports: supports)
        } catch {
            state = .failed(error)
            throw error
        }
    }

    private mutating func advance(
        _ bytes: inout ByteBuffer, supports: (ProtocolID) -> Bool
    ) throws(MultistreamError) -> MultistreamStep {
        var reply: ByteBuffer?
        while true {
            switch state {
            case .selected(let name): return .selected(name, send: reply)
            case .failed(let error): throw error
            case .awaitingHeader, .awaitingProposal: break
            }
            guard let message = try MultistreamCodec.readMessage(from: &bytes) else {
                return .needMore(send: reply)
            }
            guard case .awaitingProposal(let refused) = state else {
                guard message == MultistreamCodec.header else { throw .unexpectedHeader(message) }
                state = .awaitingProposal(refused: 0)
                continue
            }
            var answer = reply ?? ByteBuffer()
            if message.isNegotiable && supports(message) {
                MultistreamCodec.write(message, into: &answer)
                state = .selected(message)
            } else {
                guard refused < MultistreamLimits.maximumRefusedProposals else {
                    throw .tooManyProposals(limit: MultistreamLimits.maximumRefusedProposals)
                }
                MultistreamCodec.write(MultistreamCodec.notAvailable, into: &answer)
                state = .awaitingProposal(refused: refused + 1)
            }
            reply = answer
        }
    }
}
