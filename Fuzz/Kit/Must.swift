/// Does what must not fail, whatever the input: a failure is a finding.
package func must<Value>(_ body: () throws -> Value) -> Value {
    do {
        return try body()
    } catch {
        preconditionFailure("failed: \(error)")
    }
}
