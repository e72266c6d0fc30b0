/// What came of a pack.
package struct VectorReport: Sendable {
    /// Cases that ran.
    package private(set) var cases = 0
    /// Cases that are of something that this ledger does not have, with the reason of each kind.
    package private(set) var leftOut: [String: Int] = [:]
    /// What differs, by case.
    package private(set) var failures: [String] = []

    package init() {}

    /// Cases that passed.
    package var passed: Int { cases - failures.count }

    /// Runs a case, which throws what differs.
    package mutating func check(_ label: @autoclosure () -> String, _ body: () throws -> Void) {
        cases += 1
        do {
            try body()
        } catch {
            failures.append("\(label()): \(error)")
        }
    }

    /// Records the result of a case that has run.
    package mutating func record(_ label: @autoclosure () -> String, failure: String?) {
        cases += 1
        if let failure { failures.append("\(label()): \(failure)") }
    }

    /// Counts a case that does not run, and why.
    package mutating func leaveOut(_ reason: String) { leftOut[reason, default: 0] += 1 }
}

/// What is not as a vector says.
package struct VectorMismatch: Error, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}

/// Throws unless both are the same.
package func same<Value: Equatable>(
    _ found: Value, _ expected: Value, _ what: String
) throws(VectorMismatch) {
    guard found == expected else {
        throw VectorMismatch("\(what) \(found), expected \(expected)")
    }
}

/// Throws where there is nothing.
package func needed<Value>(_ value: Value?, _ what: String) throws(VectorMismatch) -> Value {
    guard let value else { throw VectorMismatch("no \(what)") }
    return value
}

/// Throws unless the work fails.
package func refused(_ what: String, _ work: () throws -> Void) throws(VectorMismatch) {
    do { try work() } catch { return }
    throw VectorMismatch("took \(what)")
}
