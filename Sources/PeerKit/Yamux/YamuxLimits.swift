/// The constants and bounds of yamux that no configuration changes.
package enum YamuxLimits {
    /// Both windows of every stream when it opens, in bytes (specification, "Flow control").
    package static let initialWindow = 256 * 1024

    /// Longest payload of a DATA frame that we send, in bytes: with its header it fills one Noise
    /// message of the length that is cheapest to seal. A frame that we receive may be as long as
    /// the window.
    package static let maximumPayloadBytes =
        NoiseLimits.preferredPlaintextBytes - YamuxHeader.byteCount

    /// How many times its length a received slice may keep in memory; smaller ones are copied.
    package static let maximumSliceOverhead = 16

    /// Most streams that we open, or the remote opens, before the other side has acknowledged the
    /// first: the backlog of the go and py implementations.
    package static let maximumUnacknowledged = 256

    /// Most control frames (acknowledgements, window updates, resets, pongs) that wait to be sent.
    ///
    /// An honest remote reads what it makes us answer. 256 acknowledgements, one window update per
    /// stream and the resets of a burst of refused streams fit several times.
    package static let maximumQueuedControlFrames = 8192

    /// Points that a remote may lose on useless frames before the session ends; see
    /// ``YamuxGlitchBudget``.
    package static let glitchPoints = 1000

    /// Points that come back in each second.
    package static let glitchPointsPerSecond = 100

    /// What a ping costs: a hundred at once, ten a second for ever.
    package static let pingCost = 10

    /// Frames without data for a stream that has ended that cost nothing, per stream.
    ///
    /// They were on their way: window updates for what the remote read (py sends many small ones),
    /// its FIN or its reset.
    package static let lateFramesPerStream = 64

    /// Frames without data for ended streams that cost nothing, in total.
    package static let maximumLateFrames = 65536

    /// Payload bytes for unknown streams that are forgiven beyond what windows allowed.
    package static let lateBytesSlack = 1 << 20
}
