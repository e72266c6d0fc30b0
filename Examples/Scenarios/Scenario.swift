/// A network in virtual time with a question to it, and the figures that answer.
public protocol Scenario: Sendable {
    /// What `psic-node sim run` calls it: lower case, words joined by hyphens.
    static var name: String { get }
    /// One sentence on what it asks.
    static var summary: String { get }
}
