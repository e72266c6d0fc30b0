/// How much an error tears down.
package enum YamuxFaultScope: Sendable, Equatable {
    /// The operation failed or one stream is gone; the session goes on.
    case stream
    /// The session is over.
    case connection
}

/// Why a stream operation failed or the session ended (yamux specification).
package enum YamuxError: Error, Equatable, Sendable {
    // The remote broke the protocol.

    /// A frame of a version other than 0.
    case unknownVersion(UInt8)
    /// A frame of a type that does not exist.
    case unknownType(UInt8)
    /// A stream frame for stream 0, or a session frame for a stream.
    case wrongStream(YamuxStreamID)
    /// The remote opened a stream with one of our numbers.
    case wrongParity(YamuxStreamID)
    /// The remote opened a stream that is open.
    case streamAlreadyOpen(YamuxStreamID)
    /// More data than the window that we gave, both in bytes.
    case windowExceeded(YamuxStreamID, received: UInt32, window: Int)
    /// More data for streams that have ended than their windows allowed, in bytes.
    case lateDataExceeded(received: UInt32)
    /// Too many frames that do nothing: empty ones, pings, frames for unknown streams.
    case tooManyGlitches
    /// The remote makes us answer and does not read the answers.
    case controlQueueFull(limit: Int)
    /// A ping went unanswered.
    case pongTimeout(after: Duration)

    // We cannot or will not.

    /// The stream is not open (any more).
    case unknownStream(YamuxStreamID)
    /// Our half of the stream is closed.
    case writeClosed(YamuxStreamID)
    /// As many streams as may be unacknowledged or open at a time are.
    case tooManyStreams(limit: Int)
    /// One side has announced the end of the session.
    case goingAway
    /// All stream numbers are used up.
    case streamIDsExhausted

    /// How much is torn down.
    package var scope: YamuxFaultScope {
        switch self {
        case .unknownStream, .writeClosed, .tooManyStreams, .goingAway, .streamIDsExhausted:
            .stream
        default: .connection
        }
    }

    /// Whether the remote broke the protocol.
    package var isPeerFault: Bool {
        if case .pongTimeout = self { return false }
        return scope == .connection
    }
}
