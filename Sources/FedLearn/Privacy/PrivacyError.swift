/// Why something private cannot be done.
public enum PrivacyError: Error, Equatable, Sendable {
    /// A setting outside its range; the text names it, the value and the range.
    case invalid(String)
    /// A vector holds infinity or NaN.
    case notFinite
    /// A sum of so many fixed-point values may leave the range of 32 bits.
    case sumOverflows(count: Int, limit: Int)
    /// Too few shares, or shares that cannot belong together.
    case unusableShares(String)
    /// More liars than a group or committee of this size withstands.
    case tooManyFaults(String)
}
