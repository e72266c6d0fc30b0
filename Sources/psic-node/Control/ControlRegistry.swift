/// The methods that a node answers, by name.
struct ControlRegistry: Sendable {
    /// Sends an event ahead of the answer; throws when the client has gone.
    typealias Emitter = @Sendable (any Encodable & Sendable) async throws -> Void

    private typealias Work =
        @Sendable (_ line: [UInt8], _ emit: @escaping Emitter) async throws
        -> any Encodable & Sendable

    private var methods: [String: Work] = [:]

    /// The methods of all `areas`.
    init(_ areas: [any ControlArea] = []) {
        for area in areas { area.register(in: &self) }
    }

    /// Their names, in order.
    var names: [String] { methods.keys.sorted() }

    /// Says how a method is answered.
    mutating func answer<Method: ControlMethod>(
        _ type: Method.Type, _ work: @escaping @Sendable (Method) async throws -> Method.Answer
    ) where Method.Event == Never {
        answer(type) { method, _ in try await work(method) }
    }

    /// Says how a method with events is answered.
    mutating func answer<Method: ControlMethod>(
        _ type: Method.Type,
        _ work:
            @escaping @Sendable (
                Method, @escaping @Sendable (Method.Event) async throws -> Void
            ) async throws -> Method.Answer
    ) {
        precondition(methods[Method.name] == nil, "two methods called \(Method.name)")
        methods[Method.name] = { line, emit in
            let request: ControlRequest<Method>
            do throws(JSONError) {
                request = try JSON.decode(ControlRequest<Method>.self, from: line)
            } catch {
                throw CommandError(.usage, "malformed request: \(error)")
            }
            return try await work(request.method) { try await emit($0) }
        }
    }

    /// Works on the request in `line`, whose header has been read.
    func answer(
        _ header: ControlRequestHeader, in line: [UInt8], emit: @escaping Emitter
    ) async throws -> any Encodable & Sendable {
        guard let work = methods[header.method] else {
            throw CommandError(
                .usage, "malformed request: method: there is no such method",
                hint: "this node answers " + names.joined(separator: ", "))
        }
        return try await work(line, emit)
    }
}
