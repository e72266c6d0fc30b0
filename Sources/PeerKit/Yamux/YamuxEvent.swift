import struct NIOCore.ByteBuffer

/// What the remote did that the owner of a session should know.
///
/// Events of one stream come in the order in which they happened. `opened` precedes, and one of
/// `reset` and `closed` ends them.
package enum YamuxEvent: Equatable, Sendable {
    /// The remote opened a stream. The acknowledgement is in the output already.
    case opened(YamuxStreamID)
    /// The remote accepted a stream that we opened.
    case acknowledged(YamuxStreamID)
    /// Bytes for the reader, never empty. They count against the window until
    /// ``YamuxMachine/consume(_:from:at:)``.
    case data(YamuxStreamID, ByteBuffer)
    /// The remote will write no more.
    case remoteClosedWrite(YamuxStreamID)
    /// The remote aborted the stream; its number is forgotten, unsent data is dropped.
    case reset(YamuxStreamID)
    /// A stream whose window a ``YamuxMachine/write(_:to:limit:)`` had used up can send again.
    case writable(YamuxStreamID)
    /// Both halves are closed; the number is forgotten. Data of ours may still be in the output.
    case closed(YamuxStreamID)
    /// How long a ping took.
    case roundTrip(Duration)
    /// The remote will open no streams and take none. Existing ones go on.
    case goAway(YamuxGoAwayCode)
}
