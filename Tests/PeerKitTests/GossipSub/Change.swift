import Testing

/// A change to a value, with the name of what it concerns: an argument of a test.
struct Change<Value>: Sendable, CustomTestStringConvertible {
    let name: String
    let apply: @Sendable (inout Value) -> Void

    init(_ name: String, _ apply: @escaping @Sendable (inout Value) -> Void) {
        self.name = name
        self.apply = apply
    }

    var testDescription: String { name }
}
