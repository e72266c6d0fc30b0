/// What a JSON text may be at most, besides the number of its bytes, which each caller sets.
public enum JSONLimits {
    /// Arrays and objects inside each other, each of which costs a call: Ethereum's requests have 6,
    /// typed data and interfaces of contracts follow the types, which nest no deeper than 16.
    public static let depth = 64
    /// Values in one text, so that a small body cannot become a large tree: state overrides with
    /// storage need most, two for each slot.
    public static let values = 262_144
}
