import ArgumentParser

/// `psic-node settings`.
struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "List every setting, what it is and where from.",
        discussion: """
            A setting is taken from its flag, else from its environment variable, else from \
            config.toml in the home, else from its default. Nothing is started.
            """)

    @OptionGroup var global: GlobalOptions

    /// A setting with what counts for it.
    struct Entry: Codable, Equatable {
        var name: String
        var variable: String
        var type: String
        var meaning: String
        var value: String
        /// "environment", "file" or "default".
        var source: String
    }

    func run() throws {
        let session = try Session(global)
        let entries = SettingKeys.all.map { setting in
            let found = session.sources.origin(of: setting.name)
            return Entry(
                name: setting.name, variable: setting.variable, type: setting.type,
                meaning: setting.meaning, value: found?.value ?? setting.standard,
                source: found?.source ?? "default")
        }
        session.print(entries) {
            var table = TextTable([
                .init("SETTING"), .init("VALUE"), .init("FROM"), .init("MEANING"),
            ])
            for entry in entries {
                table.add([entry.name, entry.value, entry.source, entry.meaning])
            }
            return table.lines
        }
    }
}
