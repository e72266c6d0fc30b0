/// What a trace is to show (the configuration object of `debug_traceTransaction`).
enum TraceKind: Sendable {
    case steps(hasStack: Bool, hasStorage: Bool)
    case calls(onlyTop: Bool)
    case before(PrestateTrace)
    case selectors
    case nothing

    /// Reads the object; without one, all steps.
    init(_ value: JSONValue?) throws(RPCError) {
        switch value?["tracer"]?.text {
        case nil, "":
            self = .steps(
                hasStack: value?["disableStack"] != true,
                hasStorage: value?["disableStorage"] != true)
        case "callTracer"?:
            self = .calls(onlyTop: value?["tracerConfig"]?["onlyTopCall"] == true)
        case "prestateTracer"?:
            let configuration = value?["tracerConfig"]
            self = .before(
                PrestateTrace(
                    showsDifference: configuration?["diffMode"] == true,
                    hasCode: configuration?["disableCode"] != true,
                    hasStorage: configuration?["disableStorage"] != true))
        case "4byteTracer"?: self = .selectors
        case "noopTracer"?: self = .nothing
        case let name?: throw .failed("tracer \"\(name.prefix(64))\" is not available")
        }
    }
}

/// What ended under the eyes of a tracer.
struct TracedEnd {
    var halt: Halt
    var gasUsed: UInt64
    var gasLimit: UInt64
    var output: [UInt8]
    /// Accounts that it has looked at or changed, in the order in which it met them.
    var touched: [TouchedAccount]
}

extension TraceKind {
    /// Runs something with the tracer that this names; answers what it saw.
    func trace(
        limits: RPCLimits, deadline: Deadline, _ run: some TracedRun
    ) throws -> JSONValue {
        switch self {
        case .steps(let hasStack, let hasStorage):
            var tracer = StructLogTracer(
                limit: limits.maximumTraceSteps, hasStack: hasStack, hasStorage: hasStorage,
                deadline: deadline)
            let end = try run.run(&tracer)
            if tracer.isOverfull {
                throw RPCError.limit("more than \(limits.maximumTraceSteps) steps")
            }
            if end.halt == .interrupted { throw RPCError.timedOut }
            return tracer.answer(end.halt, gasUsed: end.gasUsed, output: end.output)
        case .calls(let onlyTop):
            var tracer = CallTracer(
                limit: limits.maximumTracedCalls, onlyTop: onlyTop, deadline: deadline)
            let end = try run.run(&tracer)
            if tracer.isOverfull {
                throw RPCError.limit("more than \(limits.maximumTracedCalls) calls")
            }
            if end.halt == .interrupted { throw RPCError.timedOut }
            return tracer.answer(gasLimit: end.gasLimit, gasUsed: end.gasUsed)
        case .selectors:
            var tracer = SelectorTracer(limit: limits.maximumTracedCalls, deadline: deadline)
            let end = try run.run(&tracer)
            if tracer.isOverfull {
                throw RPCError.limit("more than \(limits.maximumTracedCalls) calls")
            }
            if end.halt == .interrupted { throw RPCError.timedOut }
            return tracer.answer()
        case .before(let trace):
            var deadline = deadline
            let end = try run.run(&deadline)
            if end.halt == .interrupted { throw RPCError.timedOut }
            return trace.answer(end.touched)
        case .nothing:
            var deadline = deadline
            let end = try run.run(&deadline)
            if end.halt == .interrupted { throw RPCError.timedOut }
            return .members([:])
        }
    }
}

/// Something that can be run under the eyes of any tracer.
protocol TracedRun {
    func run<Tracer: EVMTracer>(_ tracer: inout Tracer) throws -> TracedEnd
}
