extension String {
    /// The text cut to what fits a line, and freed of everything that does not print.
    ///
    /// Texts in errors may come from a peer, and errors go to terminals and logs: escape
    /// sequences, line breaks and marks that turn the direction of writing must not get there.
    var shortenedForMessages: String {
        unicodeScalars.count > 80 ? printable(limit: 80) + "…" : printable(limit: 80)
    }

    /// The first `limit` characters (Unicode scalars), with those that do not print replaced.
    func printable(limit: Int) -> String {
        var text = ""
        for scalar in unicodeScalars.prefix(limit) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
                .unassigned:
                text.unicodeScalars.append("\u{fffd}")
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
