extension ContractABI {
    /// Reads a JSON ABI (contract ABI specification, "JSON"): the array itself, or an object that has
    /// it as `abi`, as compilers' artefacts do.
    public init(json: String) throws(ABIError) {
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONValue(parsing: json, limit: ABILimits.jsonBytes)
        } catch {
            throw .json("\(error)")
        }
        guard let entries = (document["abi"] ?? document).elements else {
            throw .json("there is no array of declarations")
        }
        guard entries.count <= ABILimits.entries else {
            throw .json("more than \(ABILimits.entries) declarations")
        }
        var functions: [ABIFunction] = []
        var events: [ABIEvent] = []
        var errors: [ABICustomError] = []
        var constructorInputs: [ABIParameter] = []
        for entry in entries {
            let name = entry["name"]?.text ?? ""
            switch entry["type"]?.text ?? "function" {
            case "function":
                functions.append(
                    ABIFunction(
                        name: name, inputs: try Self.parameters(entry["inputs"]),
                        outputs: try Self.parameters(entry["outputs"]),
                        mutability: try Self.mutability(of: entry)))
            case "event":
                events.append(
                    ABIEvent(
                        name: name, inputs: try Self.parameters(entry["inputs"]),
                        isAnonymous: entry["anonymous"] == .bool(true)))
            case "error":
                errors.append(
                    ABICustomError(name: name, inputs: try Self.parameters(entry["inputs"])))
            case "constructor": constructorInputs = try Self.parameters(entry["inputs"])
            case "fallback", "receive": continue
            case let other: throw .json("a declaration of type \"\(other)\"")
            }
        }
        self.init(
            functions: functions, events: events, errors: errors,
            constructorInputs: constructorInputs)
    }

    private static func mutability(of entry: JSONValue) throws(ABIError) -> StateMutability {
        guard let text = entry["stateMutability"]?.text else {
            // Before Solidity 0.5 there were two truth values instead.
            if entry["constant"] == .bool(true) { return .view }
            return entry["payable"] == .bool(true) ? .payable : .nonpayable
        }
        guard let mutability = StateMutability(rawValue: text) else {
            throw .json("state mutability \"\(text)\"")
        }
        return mutability
    }

    private static func parameters(
        _ json: JSONValue?, depth: Int = 0
    ) throws(ABIError) -> [ABIParameter] {
        guard let json else { return [] }
        guard let entries = json.elements else { throw .json("parameters are no array") }
        guard entries.count <= ABILimits.components, depth <= ABILimits.typeDepth else {
            throw .typeTooLarge("of \(entries.count) components")
        }
        var parameters: [ABIParameter] = []
        for entry in entries {
            guard let text = entry["type"]?.text else { throw .json("a parameter without type") }
            var type: ABIType
            if text.hasPrefix("tuple") {
                let components = try Self.parameters(entry["components"], depth: depth + 1)
                guard !components.isEmpty else { throw .json("a tuple without components") }
                type = try ABIType.tuple(components).inArrays(text.dropFirst(5), depth: depth)
            } else {
                type = try ABIType(text)
            }
            guard type.words <= ABILimits.headWords else { throw .typeTooLarge(text) }
            if case .tuple = type, text.hasPrefix("(") { throw .type(text) }
            parameters.append(
                ABIParameter(
                    name: entry["name"]?.text ?? "", type: type,
                    isIndexed: entry["indexed"] == .bool(true)))
        }
        return parameters
    }

    /// The JSON ABI: functions, events, errors, in their order.
    public var json: JSONValue {
        var entries: [JSONValue] = functions.map { function in
            .object([
                .init("type", .string("function")), .init("name", .string(function.name)),
                .init("inputs", Self.json(function.inputs)),
                .init("outputs", Self.json(function.outputs)),
                .init("stateMutability", .string(function.mutability.rawValue)),
            ])
        }
        entries += events.map { event in
            .object([
                .init("type", .string("event")), .init("name", .string(event.name)),
                .init("inputs", Self.json(event.inputs, hasIndexes: true)),
                .init("anonymous", .bool(event.isAnonymous)),
            ])
        }
        entries += errors.map { error in
            .object([
                .init("type", .string("error")), .init("name", .string(error.name)),
                .init("inputs", Self.json(error.inputs)),
            ])
        }
        return .array(entries)
    }

    private static func json(
        _ parameters: [ABIParameter], hasIndexes: Bool = false
    ) -> JSONValue {
        .array(
            parameters.map { parameter in
                var (type, suffix) = (parameter.type, "")
                var isTuple = false
                // A tuple's components stand beside its name, the arrays around it behind that.
                loop: while true {
                    switch type {
                    case .array(let element): (type, suffix) = (element, "[]" + suffix)
                    case .fixedArray(let element, let count):
                        (type, suffix) = (element, "[\(count)]" + suffix)
                    case .tuple:
                        isTuple = true
                        break loop
                    default: break loop
                    }
                }
                var members: [JSONObject.Member] = [
                    .init("name", .string(parameter.name)),
                    .init("type", .string((isTuple ? "tuple" : "\(type)") + suffix)),
                ]
                if case .tuple(let components) = type {
                    members.append(.init("components", json(components)))
                }
                if hasIndexes { members.append(.init("indexed", .bool(parameter.isIndexed))) }
                return .object(JSONObject(members))
            })
    }
}
