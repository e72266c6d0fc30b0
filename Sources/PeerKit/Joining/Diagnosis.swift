/// What one step of joining was found to be like.
public struct Diagnosis: Codable, Sendable, Hashable {
    /// How it is.
    public enum Outcome: String, Codable, Sendable {
        /// As it should be.
        case ok
        /// It works, but not as well as it might.
        case warning
        /// It does not work.
        case failed
        /// It was not looked at, and `found` says why.
        case skipped
    }

    /// Names the step for programs, such as `broadcast`; the first word says what it is about.
    public var step: String
    /// How it is.
    public var outcome: Outcome
    /// What was found, for people.
    public var found: String
    /// What to do about it.
    public var advice: String?

    /// A finding.
    public init(_ step: String, _ outcome: Outcome, _ found: String, advice: String? = nil) {
        self.step = step
        self.outcome = outcome
        self.found = found
        self.advice = advice
    }
}
