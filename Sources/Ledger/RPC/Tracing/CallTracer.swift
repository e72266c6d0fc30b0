/// Which calls a transaction makes, as geth's `callTracer` shows them.
struct CallTracer: EVMTracer {
    static var isEnabled: Bool { true }
    static var isInterruptible: Bool { true }

    private struct Open {
        var call: EVMCall
        var children: [JSONValue] = []
    }

    private var open: [Open] = []
    private var count = 0
    private let limit: Int
    private let onlyTop: Bool
    private var deadline: Deadline
    /// The outermost call, once it has ended.
    private(set) var root: JSONObject?

    /// - Parameters:
    ///   - limit: Calls that are kept; more end the run.
    ///   - onlyTop: Whether calls inside the outermost one are left out.
    init(limit: Int, onlyTop: Bool, deadline: Deadline) {
        self.limit = limit
        self.onlyTop = onlyTop
        self.deadline = deadline
    }

    /// Whether there were more calls than are kept.
    var isOverfull: Bool { count > limit }

    mutating func willExecute(_ step: EVMStep) {}
    mutating func didLeave(gasLeft: Int64) {}
    mutating func shouldStop() -> Bool { isOverfull || deadline.shouldStop() }

    mutating func willEnter(_ call: EVMCall) {
        count += 1
        open.append(Open(call: call))
    }

    mutating func didExit(_ outcome: Interpreter.Outcome) {
        guard let ended = open.popLast() else { return }
        let object = Self.object(ended.call, outcome, ended.children)
        if open.isEmpty {
            root = object
        } else if !onlyTop, !isOverfull {
            open[open.count - 1].children.append(.object(object))
        }
    }

    private static func object(
        _ call: EVMCall, _ outcome: Interpreter.Outcome, _ children: [JSONValue]
    ) -> JSONObject {
        let isCreation = call.kind == .create || call.kind == .create2
        var object = JSONObject()
        object.append("from", .data(call.caller))
        object.append("gas", .quantity(UInt64(max(0, call.gas))))
        object.append("gasUsed", .quantity(UInt64(max(0, call.gas - outcome.gasLeft))))
        if !isCreation || outcome.halt.isSuccess { object.append("to", .data(call.target)) }
        object.append("input", .data(call.input))
        if !outcome.output.isEmpty { object.append("output", .data(outcome.output)) }
        if !outcome.halt.isSuccess {
            object.append("error", .string(outcome.halt.clientText))
            if outcome.halt == .reverted, let reason = RevertReason(outcome.output).clientText {
                object.append("revertReason", .string(reason))
            }
        }
        if !children.isEmpty { object.append("calls", .array(children)) }
        if call.kind != .staticCall { object.append("value", .quantity(call.value)) }
        object.append("type", .string(call.kind.rawValue))
        return object
    }

    /// The trace of a transaction, with the gas of all of it.
    func answer(gasLimit: UInt64, gasUsed: UInt64) -> JSONValue {
        var object = JSONObject()
        for member in root?.members ?? [] {
            switch member.name {
            case "gas": object.append("gas", .quantity(gasLimit))
            case "gasUsed": object.append("gasUsed", .quantity(gasUsed))
            default: object.append(member.name, member.value)
            }
        }
        return .object(object)
    }
}
