/// All that can be called on a contract, and all that it tells.
public struct ContractABI: Hashable, Sendable {
    /// Its functions; names may occur more than once, with other parameters.
    public var functions: [ABIFunction]
    /// Its events.
    public var events: [ABIEvent]
    /// Its errors.
    public var errors: [ABICustomError]
    /// What its constructor takes.
    public var constructorInputs: [ABIParameter]
    private let bySelector: [[UInt8]: ABIFunction]

    /// A contract of these.
    public init(
        functions: [ABIFunction], events: [ABIEvent] = [], errors: [ABICustomError] = [],
        constructorInputs: [ABIParameter] = []
    ) {
        self.functions = functions
        self.events = events
        self.errors = errors
        self.constructorInputs = constructorInputs
        bySelector = Dictionary(
            functions.map { ($0.selector, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Reads one declaration a line, as Solidity writes them:
    /// `function f(uint256 x) view returns (bool)`, `event E(address indexed who)`, `error Wrong()`.
    public init(declarations: String) throws(ABIError) {
        var functions: [ABIFunction] = []
        var events: [ABIEvent] = []
        var errors: [ABICustomError] = []
        for line in declarations.split(separator: "\n") {
            let text = String(line.drop { $0 == " " })
            if text.isEmpty { continue }
            if text.hasPrefix("event ") {
                events.append(try ABIEvent(text))
            } else if text.hasPrefix("error ") {
                errors.append(try ABICustomError(text))
            } else {
                functions.append(try ABIFunction(text))
            }
        }
        self.init(functions: functions, events: events, errors: errors)
    }

    /// The function that call data are for.
    public func function(of data: some Collection<UInt8>) -> ABIFunction? {
        bySelector[Array(data.prefix(4))]
    }

    /// The functions of a name.
    public func functions(named name: String) -> [ABIFunction] {
        functions.filter { $0.name == name }
    }

    /// The event of a name.
    public func event(named name: String) -> ABIEvent? { events.first { $0.name == name } }

    /// The error of a name.
    public func error(named name: String) -> ABICustomError? { errors.first { $0.name == name } }
}
