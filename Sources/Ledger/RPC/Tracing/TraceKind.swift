/// What a trace is to show (the configuration object of `debug_traceTransaction`).
enum TraceKind: Sendable {
    case steps(hasStack: Bool)
    case calls(onlyTop: Bool)

    /// Reads the object; without one, all steps.
    init(_ value: JSONValue?) throws(RPCError) {
        switch value?["tracer"]?.text {
        case nil, "":
            self = .steps(hasStack: value?["disableStack"] != true)
        case "callTracer"?:
            self = .calls(onlyTop: value?["tracerConfig"]?["onlyTopCall"] == true)
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
}

extension TraceKind {
    /// Runs something with the tracer that this names; answers what it saw.
    func trace(
        limits: RPCLimits, deadline: Deadline, _ run: some TracedRun
    ) throws -> JSONValue {
        switch self {
        case .steps(let hasStack):
            var tracer = StructLogTracer(
                limit: limits.maximumTraceSteps, hasStack: hasStack, deadline: deadline)
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
        }
    }
}

/// Something that can be run under the eyes of any tracer.
protocol TracedRun {
    func run<Tracer: EVMTracer>(_ tracer: inout Tracer) throws -> TracedEnd
}
