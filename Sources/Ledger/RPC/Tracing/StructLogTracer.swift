/// Every step of a transaction, as geth's default tracer shows them; memory and storage are left out.
struct StructLogTracer: EVMTracer {
    static var isEnabled: Bool { true }
    static var isInterruptible: Bool { true }

    private var open: EVMStep?
    private(set) var steps: [JSONValue] = []
    private let limit: Int
    private let hasStack: Bool
    private var deadline: Deadline
    /// Whether there were more steps than are kept.
    private(set) var isOverfull = false

    /// - Parameters:
    ///   - limit: Steps that are kept; more end the run.
    ///   - hasStack: Whether each shows the stack.
    init(limit: Int, hasStack: Bool, deadline: Deadline) {
        self.limit = limit
        self.hasStack = hasStack
        self.deadline = deadline
    }

    mutating func shouldStop() -> Bool { isOverfull || deadline.shouldStop() }

    mutating func willExecute(_ step: EVMStep) {
        close(gasLeft: step.gas)
        open = step
    }

    mutating func didLeave(gasLeft: Int64) { close(gasLeft: gasLeft) }

    private mutating func close(gasLeft: Int64) {
        guard let step = open else { return }
        open = nil
        guard steps.count < limit else {
            isOverfull = true
            return
        }
        let name = OpcodeTable.cancun.names[Int(step.opcode)]
        var object = JSONObject()
        object.append("pc", .integer(step.place))
        object.append("op", .string(name.isEmpty ? "opcode \(step.opcode) not defined" : name))
        object.append("gas", .integer(max(0, step.gas)))
        object.append("gasCost", .integer(max(0, step.gas - max(0, gasLeft))))
        object.append("depth", .integer(step.depth + 1))
        if step.refund != 0 { object.append("refund", .integer(step.refund)) }
        if hasStack { object.append("stack", .array(step.stack.map { .quantity($0) })) }
        steps.append(.object(object))
    }

    /// The trace of a transaction.
    func answer(_ halt: Halt, gasUsed: UInt64, output: [UInt8]) -> JSONValue {
        .members([
            "gas": .integer(gasUsed), "failed": .bool(!halt.isSuccess),
            "returnValue": .data(output), "structLogs": .array(steps),
        ])
    }
}
