/// A type that a setting may have, in each of the places where it may be set.
protocol SettingValue: Sendable {
    /// What is expected, for messages: "a whole number".
    static var expectation: String { get }
    /// From an environment variable.
    init?(setting text: String)
    /// From the configuration file.
    init?(setting value: TOMLValue)
}

extension String: SettingValue {
    static var expectation: String { "a string" }
    init?(setting text: String) { self = text }
    init?(setting value: TOMLValue) {
        guard case .string(let text) = value else { return nil }
        self = text
    }
}

extension Int: SettingValue {
    static var expectation: String { "a whole number" }
    init?(setting text: String) { self.init(text) }
    init?(setting value: TOMLValue) {
        guard case .integer(let number) = value else { return nil }
        self = number
    }
}

extension Double: SettingValue {
    static var expectation: String { "a number" }
    init?(setting text: String) {
        guard let number = Double(text), number.isFinite else { return nil }
        self = number
    }
    init?(setting value: TOMLValue) {
        switch value {
        case .integer(let number): self = Double(number)
        case .float(let number): self = number
        default: return nil
        }
    }
}

extension Bool: SettingValue {
    static var expectation: String { "true or false" }
    init?(setting text: String) {
        switch text.lowercased() {
        case "true", "1", "yes", "on": self = true
        case "false", "0", "no", "off": self = false
        default: return nil
        }
    }
    init?(setting value: TOMLValue) {
        guard case .boolean(let flag) = value else { return nil }
        self = flag
    }
}

extension [String]: SettingValue {
    static var expectation: String {
        "an array of strings (in the environment: separated by commas)"
    }
    init?(setting text: String) {
        self = text.split(separator: ",").map { $0.trimmingBlanks }.filter { !$0.isEmpty }
    }
    init?(setting value: TOMLValue) {
        guard case .strings(let list) = value else { return nil }
        self = list
    }
}

extension SettingValue where Self: RawRepresentable & CaseIterable, RawValue == String {
    static var expectation: String {
        "one of " + allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    }
    init?(setting text: String) { self.init(rawValue: text) }
    init?(setting value: TOMLValue) {
        guard case .string(let text) = value else { return nil }
        self.init(rawValue: text)
    }
}

extension Output.Format: SettingValue {}
extension LogFormat: SettingValue {}

extension Substring {
    /// Without spaces and tabs at the ends.
    fileprivate var trimmingBlanks: String {
        var rest = self
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return String(rest)
    }
}
