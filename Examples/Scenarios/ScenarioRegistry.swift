/// All scenarios, by name.
public enum Scenarios {
    /// In the order in which they are listed and run.
    public static let all: [any Scenario.Type] = [
        Steady.self
    ]

    /// The scenario called `name`.
    public static func named(_ name: String) -> (any Scenario.Type)? {
        all.first { $0.name == name }
    }
}
