/// What a call of a function may do (contract ABI specification, "JSON").
public enum StateMutability: String, Sendable, Hashable {
    /// Reads nothing.
    case pure
    /// Changes nothing.
    case view
    /// Changes state, and takes no value.
    case nonpayable
    /// Changes state, and takes value.
    case payable
}

/// A function that can be called from outside.
public struct ABIFunction: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// What it takes.
    public var inputs: [ABIParameter]
    /// What it answers.
    public var outputs: [ABIParameter]
    /// What it may do.
    public var mutability: StateMutability

    /// All of them.
    public init(
        name: String, inputs: [ABIParameter], outputs: [ABIParameter] = [],
        mutability: StateMutability = .nonpayable
    ) {
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.mutability = mutability
    }

    /// Reads `transfer(address to, uint256 amount) returns (bool)`, or with the results in bare
    /// parentheses; `function` may stand in front, `external`, `public`, `view`, `payable` and so on
    /// between.
    public init(_ signature: String) throws(ABIError) {
        var scanner = try ABIScanner(signature)
        _ = scanner.skip(word: "function")
        name = scanner.name()
        guard !name.isEmpty else { throw scanner.failure }
        inputs = try scanner.parameters(depth: 0)
        mutability = .nonpayable
        for word in ["external", "public"] { _ = scanner.skip(word: word) }
        for word in [StateMutability.pure, .view, .payable, .nonpayable]
        where scanner.skip(word: word.rawValue) {
            mutability = word
        }
        let hasResults = scanner.skip(word: "returns") || !scanner.isAtEnd
        outputs = hasResults ? try scanner.parameters(depth: 0) : []
        try scanner.finish()
    }

    /// `transfer(address,uint256)`.
    public var signature: String { name + "\(ABIType.tuple(inputs))" }

    /// The first four bytes of call data: of the signature's hash.
    public var selector: [UInt8] { Array(Keccak256.hash(Array(signature.utf8)).bytes.prefix(4)) }

    /// Call data.
    public func call(_ arguments: [ABIValue]) throws(ABIError) -> [UInt8] {
        selector + (try ABIEncoder.encode(arguments, as: inputs.map(\.type)))
    }

    /// The arguments of call data that begin with this function's selector.
    public func arguments(of data: [UInt8]) throws(ABIError) -> [ABIValue] {
        guard data.starts(with: selector) else { throw .unknownSelector }
        return try ABIDecoder.decode(data.dropFirst(4), as: inputs.map(\.type))
    }

    /// The results that a call returned.
    public func results(of data: [UInt8]) throws(ABIError) -> [ABIValue] {
        try ABIDecoder.decode(data, as: outputs.map(\.type))
    }
}

/// A kind of log.
public struct ABIEvent: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// What it tells.
    public var inputs: [ABIParameter]
    /// Whether its logs do not begin with ``topic``.
    public var isAnonymous: Bool

    /// All of them.
    public init(name: String, inputs: [ABIParameter], isAnonymous: Bool = false) {
        self.name = name
        self.inputs = inputs
        self.isAnonymous = isAnonymous
    }

    /// Reads `Transfer(address indexed from, address indexed to, uint256 amount)`; `event` may stand
    /// in front, `anonymous` behind.
    public init(_ signature: String) throws(ABIError) {
        var scanner = try ABIScanner(signature)
        _ = scanner.skip(word: "event")
        name = scanner.name()
        guard !name.isEmpty else { throw scanner.failure }
        inputs = try scanner.parameters(depth: 0)
        isAnonymous = scanner.skip(word: "anonymous")
        try scanner.finish()
    }

    /// `Transfer(address,address,uint256)`.
    public var signature: String { name + "\(ABIType.tuple(inputs))" }

    /// The first topic of its logs, unless it is anonymous.
    public var topic: UInt256 { Keccak256.hash(Array(signature.utf8)).word }

    /// The topics and the data of a log.
    ///
    /// - Parameter values: One for each of ``inputs``.
    public func log(
        _ values: [ABIValue]
    ) throws(ABIError) -> (topics: [UInt256], data: [UInt8]) {
        guard values.count == inputs.count else {
            throw .count(expected: inputs.count, found: values.count)
        }
        var topics = isAnonymous ? [] : [topic]
        var rest: [ABIValue] = []
        for (value, input) in zip(values, inputs) {
            if input.isIndexed {
                topics.append(try Self.topic(of: value, as: input.type))
            } else {
                rest.append(value)
            }
        }
        let types = inputs.filter { !$0.isIndexed }.map(\.type)
        return (topics, try ABIEncoder.encode(rest, as: types))
    }

    /// The values of a log. Of an indexed value longer than a word the log has only the hash, which
    /// stands as 32 bytes in its place.
    public func values(
        topics: [UInt256], data: [UInt8]
    ) throws(ABIError) -> [ABIValue] {
        var topics = topics[...]
        if !isAnonymous {
            guard topics.popFirst() == topic else { throw .unknownSelector }
        }
        let indexed = inputs.count { $0.isIndexed }
        guard topics.count == indexed else {
            throw .count(expected: indexed, found: topics.count)
        }
        let types = inputs.filter { !$0.isIndexed }.map(\.type)
        var rest = try ABIDecoder.decode(data, as: types)[...]
        var values: [ABIValue] = []
        for input in inputs {
            if input.isIndexed, let topic = topics.popFirst() {
                values.append(
                    input.type.isOneWord
                        ? try ABIDecoder.decode(topic.bytes, as: [input.type])[0]
                        : .bytes(topic.bytes))
            } else if let value = rest.popFirst() {
                values.append(value)
            }
        }
        return values
    }

    /// How an indexed value is searched by (contract ABI specification, "Encoding of Indexed Event
    /// Parameters").
    public static func topic(
        of value: ABIValue, as type: ABIType
    ) throws(ABIError) -> UInt256 {
        if type.isOneWord {
            return UInt256(bigEndian: try ABIEncoder.encode(value, as: type)) ?? .zero
        }
        return Keccak256.hash(try packed(value, as: type, isInside: false)).word
    }

    private static func packed(
        _ value: ABIValue, as type: ABIType, isInside: Bool
    ) throws(ABIError) -> [UInt8] {
        switch (type, value) {
        case (.bytes, .bytes(let bytes)): return isInside ? filled(bytes) : bytes
        case (.string, .string(let text)):
            return isInside ? filled(Array(text.utf8)) : Array(text.utf8)
        case (.array(let element), .array(let values)),
            (.fixedArray(let element, _), .array(let values)):
            var bytes: [UInt8] = []
            for value in values { bytes += try packed(value, as: element, isInside: true) }
            return bytes
        case (.tuple(let components), .tuple(let values)):
            guard values.count == components.count else {
                throw .count(expected: components.count, found: values.count)
            }
            var bytes: [UInt8] = []
            for (component, value) in zip(components, values) {
                bytes += try packed(value, as: component.type, isInside: true)
            }
            return bytes
        default: return try ABIEncoder.encode(value, as: type)
        }
    }

    private static func filled(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32)
    }
}

extension ABIType {
    /// Whether all values take exactly one word.
    var isOneWord: Bool {
        switch self {
        case .uint, .int, .address, .bool, .fixedBytes, .function: true
        default: false
        }
    }
}

/// Why a call may revert, with facts.
public struct ABICustomError: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// The facts.
    public var inputs: [ABIParameter]

    /// Both.
    public init(name: String, inputs: [ABIParameter]) {
        self.name = name
        self.inputs = inputs
    }

    /// Reads `NotBound(address account)`; `error` may stand in front.
    public init(_ signature: String) throws(ABIError) {
        var scanner = try ABIScanner(signature)
        _ = scanner.skip(word: "error")
        name = scanner.name()
        guard !name.isEmpty else { throw scanner.failure }
        inputs = try scanner.parameters(depth: 0)
        try scanner.finish()
    }

    /// `NotBound(address)`.
    public var signature: String { name + "\(ABIType.tuple(inputs))" }

    /// The first four bytes of the revert data.
    public var selector: [UInt8] { Array(Keccak256.hash(Array(signature.utf8)).bytes.prefix(4)) }

    /// Revert data.
    public func data(_ values: [ABIValue]) throws(ABIError) -> [UInt8] {
        selector + (try ABIEncoder.encode(values, as: inputs.map(\.type)))
    }
}
