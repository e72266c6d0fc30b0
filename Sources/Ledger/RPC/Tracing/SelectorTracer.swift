import Collections

/// Which functions a transaction calls, as geth's `4byteTracer` counts them: by the first four bytes of
/// call data and the length of the rest.
struct SelectorTracer: EVMTracer {
    static var isEnabled: Bool { true }
    static var isInterruptible: Bool { true }

    private var counts: OrderedDictionary<String, Int> = [:]
    private var calls = 0
    private let limit: Int
    private var deadline: Deadline

    /// - Parameter limit: Calls that are looked at; more end the run.
    init(limit: Int, deadline: Deadline) {
        self.limit = limit
        self.deadline = deadline
    }

    /// Whether there were more calls than are looked at.
    var isOverfull: Bool { calls > limit }

    mutating func willExecute(_ step: EVMStep) {}
    mutating func didLeave(gasLeft: Int64) {}
    mutating func shouldStop() -> Bool { isOverfull || deadline.shouldStop() }

    mutating func willEnter(_ call: EVMCall) {
        calls += 1
        let isCreation = call.kind == .create || call.kind == .create2
        // Precompiles have no functions; their addresses fit two bytes in every fork.
        let isPrecompile =
            call.target.high == 0 && call.target.middle == 0 && call.target.low < 0x1_0000
        guard !isOverfull, !isCreation, !isPrecompile, call.input.count >= 4 else { return }
        let name = Hexadecimal.data(call.input.prefix(4)) + "-\(call.input.count - 4)"
        counts[name, default: 0] += 1
    }

    /// The trace of a transaction.
    func answer() -> JSONValue {
        var object = JSONObject()
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
            object.append(name, .integer(count))
        }
        return .object(object)
    }
}
