/// Writes each step as a line of JSON, to compare with other machines (EIP-3155).
public struct EIP3155Tracer: EVMTracer {
    /// `true`.
    public static var isEnabled: Bool { true }

    private let write: (String) -> Void
    /// The step that has begun, whose cost shows when the next one does.
    private var open: EVMStep?

    /// - Parameter write: Takes each line, without a line end.
    public init(write: @escaping (String) -> Void) { self.write = write }

    /// Keeps the step until its cost is known.
    public mutating func willExecute(_ step: EVMStep) {
        close(gasLeft: step.gas)
        open = step
    }

    /// Writes the last step.
    public mutating func didLeave(gasLeft: Int64) { close(gasLeft: gasLeft) }

    private mutating func close(gasLeft: Int64) {
        guard let step = open else { return }
        open = nil
        let name = OpcodeTable.cancun.names[Int(step.opcode)]
        let words = step.stack.map { "\"" + Quantity.text($0) + "\"" }
        let cost = UInt64(max(step.gas - max(gasLeft, 0), 0))
        write(
            "{\"pc\":\(step.place),\"op\":\(step.opcode)"
                + ",\"gas\":\"\(Quantity.text(UInt64(max(step.gas, 0))))\""
                + ",\"gasCost\":\"\(Quantity.text(cost))\",\"memSize\":\(step.memorySize)"
                + ",\"stack\":[\(words.joined(separator: ","))],\"depth\":\(step.depth + 1)"
                + ",\"refund\":\(step.refund),\"opName\":\"\(name.isEmpty ? "INVALID" : name)\"}")
    }
}
