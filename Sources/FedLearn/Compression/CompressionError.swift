/// Why an update cannot be compressed, or does not fit what it is applied to.
public enum CompressionError: Error, Equatable, Sendable {
    /// A setting outside its range; the text names it, the value and the range.
    case invalid(String)
    /// The update holds infinity or NaN, which no scale fits.
    case notFinite
    /// A vector of another length.
    case wrongLength(found: Int, expected: Int)
}
