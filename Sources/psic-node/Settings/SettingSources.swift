/// Where settings come from: flag, then environment (`PSIC_…`), then `config.toml`, then default.
struct SettingSources: Sendable {
    /// The environment.
    var environment: [String: String]
    /// The configuration file.
    var file: TOMLDocument
    /// Its path, for messages.
    var path: String

    init(environment: [String: String], file: TOMLDocument = TOMLDocument(), path: String = "") {
        self.environment = environment
        self.file = file
        self.path = path
    }

    /// The value that counts, or `nil` where nothing is set.
    ///
    /// - Throws: ``CommandError`` with ``ExitStatus/configuration`` for a value of another type,
    ///   unless something before it decides.
    func value<Value>(
        of key: SettingKey<Value>, flag: Value? = nil
    ) throws(CommandError) -> Value? {
        if let flag { return flag }
        if let text = environment[key.variable], !text.isEmpty {
            guard let value = Value(setting: text) else {
                throw CommandError(
                    .configuration,
                    "the environment variable \(key.variable) is \"\(text)\"; expected "
                        + Value.expectation)
            }
            return value
        }
        guard let entry = file.entries[key.name] else { return nil }
        guard let value = Value(setting: entry.value) else {
            throw CommandError(
                .configuration,
                "\(path): line \(entry.line): \(key.name) is \(entry.value.kind); expected "
                    + Value.expectation,
                hint: "correct the line or remove it")
        }
        return value
    }

    /// What is set for a name, as it was written, and where; flags aside.
    func origin(of name: String) -> (value: String, source: String)? {
        if let text = environment[SettingKeys.variable(for: name)], !text.isEmpty {
            return (text, "environment")
        }
        return file.entries[name].map { ("\($0.value)", "file") }
    }

    /// Refuses keys that nobody reads: most are misspelt.
    func requireKnownKeys() throws(CommandError) {
        let unknown = file.entries.filter { !SettingKeys.names.contains($0.key) }
        guard let first = unknown.min(by: { $0.value.line < $1.value.line }) else { return }
        throw CommandError(
            .configuration, "\(path): line \(first.value.line): unknown key \"\(first.key)\"",
            hint: "known keys: " + SettingKeys.names.sorted().joined(separator: ", "))
    }
}
