import PeerKit

extension NodeSettings {
    /// Reads one setting at a time and checks it.
    struct Reader {
        let sources: SettingSources

        func flag(
            _ key: SettingKey<Bool>, _ flag: Bool?, _ standard: Bool
        ) throws(CommandError) -> Bool {
            try sources.value(of: key, flag: flag) ?? standard
        }

        func number(
            _ key: SettingKey<Int>, _ flag: Int?, _ standard: Int, in range: ClosedRange<Int>
        ) throws(CommandError) -> Int {
            let value = try sources.value(of: key, flag: flag) ?? standard
            try NodeSettings.check(key.name, value, range)
            return value
        }

        /// A list; `nil` where nothing is set. An empty list of flags is no list.
        func list(
            _ key: SettingKey<[String]>, _ flags: [String], limit: Int
        ) throws(CommandError) -> [String]? {
            let list = try sources.value(of: key, flag: flags.isEmpty ? nil : flags)
            guard (list?.count ?? 0) <= limit else {
                throw CommandError(.configuration, "\(key.name) has at most \(limit) entries")
            }
            return list
        }

        func address(
            _ key: SettingKey<String>, _ flag: String?, _ standard: String
        ) throws(CommandError) -> IPAddress {
            let text = try sources.value(of: key, flag: flag) ?? standard
            guard let address = try? IPAddress(text) else {
                throw CommandError(
                    .configuration, "\(key.name) is \"\(text)\"; expected an IP address")
            }
            return address
        }

        /// A path; one in the configuration file is relative to `home`.
        func path(
            _ key: SettingKey<String>, _ flag: String?, home: String
        ) throws(CommandError) -> String? {
            guard let path = try sources.value(of: key, flag: flag) else { return nil }
            let isFromFile =
                flag == nil && sources.environment[key.variable, default: ""].isEmpty
            return isFromFile && !path.hasPrefix("/") ? "\(home)/\(path)" : path
        }
    }
}
