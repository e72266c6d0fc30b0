import Ledger

extension PackedFile {
    /// Goes through all tests of files, with the path of each.
    ///
    /// - Parameters:
    ///   - kind: What a document should be, for the error when it is not.
    ///   - decode: Reads the tests of a document.
    static func forEach<Test>(
        of files: [String], as kind: String, _ decode: (ArraySlice<UInt8>) throws -> [Test],
        _ body: (Test, String) -> Void
    ) throws(CommandError) {
        for path in files {
            for document in try documents(of: path) {
                let tests: [Test]
                do {
                    tests = try decode(document)
                } catch {
                    throw CommandError(.failure, "\(path) is no \(kind): \(reason(error))")
                }
                for test in tests { body(test, path) }
            }
        }
    }

    /// What keeps a document from being read, in few words.
    static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        func place(_ context: DecodingError.Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, _): return "\"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "\"\(place(context))\" is of another kind"
        case .dataCorrupted: return "not JSON"
        @unknown default: return "\(error)"
        }
    }

    /// The documents of a file.
    static func documents(of path: String) throws(CommandError) -> [ArraySlice<UInt8>] {
        do throws(Failure) {
            return try read(path)
        } catch {
            throw CommandError(.failure, "\(error)")
        }
    }
}
