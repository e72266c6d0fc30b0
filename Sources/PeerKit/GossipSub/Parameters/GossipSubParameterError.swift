/// Why a set of parameters is refused: it would run, and something would quietly not work.
public struct GossipSubParameterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The parameter, as it is called here.
    public let parameter: String
    /// What it must be, with the values it has.
    public let requirement: String
    /// What would happen otherwise.
    public let consequence: String

    /// The parameter, what it must be, and why.
    public var description: String { "\(parameter) \(requirement): otherwise \(consequence)" }
}

/// Collects the words of a refusal where the condition stands.
func require(
    _ condition: Bool, _ parameter: String, _ requirement: @autoclosure () -> String,
    otherwise consequence: @autoclosure () -> String
) throws(GossipSubParameterError) {
    guard condition else {
        throw GossipSubParameterError(
            parameter: parameter, requirement: requirement(), consequence: consequence())
    }
}
