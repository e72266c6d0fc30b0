import struct NIOCore.ByteBuffer

/// What the owner of a negotiation does next.
package enum MultistreamStep: Equatable, Sendable {
    /// Send these bytes, if any, and come back with more of the remote's.
    case needMore(send: ByteBuffer?)
    /// Send these bytes, if any; all that follows on the stream belongs to the protocol, the bytes
    /// still in the buffer included.
    case selected(ProtocolID, send: ByteBuffer?)
}
