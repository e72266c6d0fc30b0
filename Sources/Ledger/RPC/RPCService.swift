import Logging
import Metrics
import PeerKit

/// Answers JSON-RPC requests, however they come: the table of methods, and what holds of all of them.
package struct RPCService: Sendable {
    private let limits: RPCLimits
    private let methods: [String: RPCMethod]
    let meters: RPCMeters
    private let clock: any RuntimeClock
    private let log: Logger
    private let sessionEnded: @Sendable (RPCSession) async -> Void

    /// - Parameter sessionEnded: Told of each connection that has gone.
    package init(
        _ areas: [any RPCArea], limits: RPCLimits, log: Logger,
        runtime: Runtime = .live, metrics: (any MetricsFactory)? = nil,
        sessionEnded: @escaping @Sendable (RPCSession) async -> Void = { _ in }
    ) {
        var methods: [String: RPCMethod] = [:]
        for method in areas.flatMap(\.methods) {
            precondition(methods[method.name] == nil, "two methods are called \(method.name)")
            methods[method.name] = method
        }
        self.methods = methods
        self.limits = limits
        self.log = log
        self.sessionEnded = sessionEnded
        clock = runtime.clock
        meters = RPCMeters(metrics ?? MetricsSystem.factory, methods: methods.keys)
    }

    /// The methods that there are, in order.
    package var names: [String] { methods.keys.sorted() }

    /// A connection has gone.
    package func ended(_ session: RPCSession) async { await sessionEnded(session) }

    /// Answers a body; `nil` where nobody wants an answer.
    package func answer(_ body: [UInt8], session: RPCSession?) async -> [UInt8]? {
        let parsed: RPCBody
        do throws(RPCError) {
            parsed = try RPCBody(body, limits: limits)
        } catch {
            meters.answered(nil, error, after: .zero)
            return RPCAnswer.bytes(.failure(error), id: .null, limit: limits.maximumAnswerBytes)
        }
        switch parsed {
        case .single(let item):
            return await answer(item, session, limit: limits.maximumAnswerBytes)
        case .batch(let items): return await answer(items, session)
        }
    }

    private func answer(_ items: [RPCBody.Item], _ session: RPCSession?) async -> [UInt8]? {
        var answers: [UInt8] = [UInt8(ascii: "[")]
        for item in items {
            let left = limits.maximumAnswerBytes - answers.count
            let answer =
                left > 0
                ? await answer(item, session, limit: left)
                : RPCAnswer.bytes(.failure(.answerTooLarge), id: item.id, limit: .max)
            guard let answer else { continue }
            if answers.count > 1 { answers.append(UInt8(ascii: ",")) }
            answers.append(contentsOf: answer)
        }
        guard answers.count > 1 else { return nil }
        answers.append(UInt8(ascii: "]"))
        return answers
    }

    private func answer(
        _ item: RPCBody.Item, _ session: RPCSession?, limit: Int
    ) async -> [UInt8]? {
        let result: Result<JSONValue, RPCError>
        var wantsAnswer = true
        var method: String?
        let start = clock.now
        switch item.request {
        case .failure(let error): result = .failure(error)
        case .success(let request):
            wantsAnswer = request.id != nil
            method = request.method
            result = await call(request, session)
        }
        var failure: RPCError?
        if case .failure(let error) = result { failure = error }
        meters.answered(method, failure, after: start.duration(to: clock.now))
        return wantsAnswer ? RPCAnswer.bytes(result, id: item.id, limit: limit) : nil
    }

    /// Calls a method.
    package func call(
        _ request: RPCRequest, _ session: RPCSession?
    ) async -> Result<JSONValue, RPCError> {
        guard let method = methods[request.method] else {
            return .failure(.noMethod(String(request.method.prefix(128))))
        }
        guard request.params.count <= method.maximumArguments else {
            return .failure(
                .parameters("too many arguments, want at most \(method.maximumArguments)"))
        }
        do {
            return .success(try await method.work(RPCParameters(request.params), session))
        } catch {
            let answer = RPCError(wrapping: error)
            if answer.code == -32603 {
                log.error(
                    "a method failed",
                    metadata: ["method": "\(method.name)", "error": "\(error)"])
            }
            return .failure(answer)
        }
    }
}

extension RPCError {
    /// What a client is told of an error from below.
    package init(wrapping error: any Error) {
        switch error {
        case let error as RPCError: self = error
        case let error as MempoolError: self = .failed(error.description)
        case let error as TransactionError: self = .failed(error.clientText)
        case let error as ChainError: self.init(error)
        case is TimedOut: self = .timedOut
        case is CancellationError: self = RPCError(-32000, "the node is stopping")
        default: self = RPCError(-32603, "internal error")
        }
    }

    private init(_ error: ChainError) {
        switch error {
        case .unknownBlock: self = .headerNotFound
        case .pruned(let number, let oldest):
            self = .failed(
                "missing trie node: the state of block \(number) is not kept any more, the oldest "
                    + "is \(oldest)")
        case .filter(let reason), .proof(let reason): self = .parameters(reason)
        case .emptyRange: self = .parameters("invalid block range params")
        case .tooManyLogs(let limit):
            self = .limit("query returned more than \(limit) results")
        case .call(let error): self = .failed(error.clientText)
        case .store(.tooManySnapshots): self = .limit("too many reads at once, try again")
        default: self = RPCError(-32603, "internal error")
        }
    }
}
