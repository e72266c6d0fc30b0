/// Every bound of compressed updates, with its reason.
public enum CompressionLimits {
    /// Coordinates of one update, as rounds allow.
    public static let maximumDimension = RoundLimits.maximumParameters
    /// The largest block that shares a scale; beyond it a scale for the whole tensor does as well.
    public static let maximumBlock = 1 << 16
    /// Steps of a randomised quantiser: levels then fit a byte with their sign.
    public static let maximumSteps = 127
    /// The largest rank of an approximation; higher ones seldom save bytes.
    public static let maximumRank = 256
    /// Parts of an update with approximated matrices: two or three for each layer of a deep model.
    public static let maximumSegments = 4096

    /// The most bytes that a compressed update of `dimension` coordinates may have: none is longer
    /// than the plain floats and a header, but for indices of nearly all of them.
    public static func maximumBytes(dimension: Int) -> Int {
        6 * min(dimension, maximumDimension) + 64 * 1024
    }
}
