import Collections

/// Every step of a transaction, as geth's default tracer shows them; memory is left out.
struct StructLogTracer: EVMTracer {
    static var isEnabled: Bool { true }
    static var isInterruptible: Bool { true }

    private var open: EVMStep?
    private(set) var steps: [JSONValue] = []
    private let limit: Int
    private let hasStack: Bool
    private let hasStorage: Bool
    /// What each frame that is open has read and written of its storage so far.
    private var storages: [OrderedDictionary<UInt256, UInt256>] = [[:]]
    private var deadline: Deadline
    /// Whether there were more steps than are kept.
    private(set) var isOverfull = false

    /// - Parameters:
    ///   - limit: Steps that are kept; more end the run.
    ///   - hasStack: Whether each shows the stack.
    ///   - hasStorage: Whether reads and writes of storage show what their frame knows of it.
    init(limit: Int, hasStack: Bool, hasStorage: Bool, deadline: Deadline) {
        self.limit = limit
        self.hasStack = hasStack
        self.hasStorage = hasStorage
        self.deadline = deadline
    }

    mutating func shouldStop() -> Bool { isOverfull || deadline.shouldStop() }

    mutating func willExecute(_ step: EVMStep) {
        close(gasLeft: step.gas, result: step.stack.last)
        open = step
    }

    mutating func didLeave(gasLeft: Int64) { close(gasLeft: gasLeft) }

    mutating func willEnter(_ call: EVMCall) { storages.append([:]) }

    mutating func didExit(_ outcome: Interpreter.Outcome) {
        if storages.count > 1 { storages.removeLast() }
    }

    /// The storage to show with a step, which it has changed if it is one of the two.
    private mutating func storage(after step: EVMStep, result: UInt256?) -> JSONValue? {
        let place = storages.count - 1
        guard hasStorage, let key = step.stack.last else { return nil }
        switch step.opcode {
        case Self.sload:
            guard let result else { return nil }
            storages[place][key] = result
        case Self.sstore:
            guard step.stack.count > 1 else { return nil }
            storages[place][key] = step.stack[step.stack.count - 2]
        default: return nil
        }
        guard storages[place].count <= Self.shownSlots else { return nil }
        var object = JSONObject()
        for (key, value) in storages[place].sorted(by: { $0.key < $1.key }) {
            object.append(
                Hexadecimal.digits(of: key.bytes), .string(Hexadecimal.digits(of: value.bytes)))
        }
        return .object(object)
    }

    private static let sload: UInt8 = 0x54
    private static let sstore: UInt8 = 0x55
    /// A step of a frame that knows more slots shows none: each step would repeat all of them.
    private static let shownSlots = 64

    private mutating func close(gasLeft: Int64, result: UInt256? = nil) {
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
        if let storage = storage(after: step, result: result) {
            object.append("storage", storage)
        }
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
