import Foundation
import Ledger

/// Where the cases of a pack lie: `PACK.jsonl.gz`, or as the suites have them, `PACK.json` or a folder
/// `PACK` of such files.
package struct VectorSource: Sendable {
    /// One file, or one line of a packed file.
    package struct Document: Sendable {
        package var file: String
        package var bytes: ArraySlice<UInt8>
    }

    /// A test with its name and the file it came from.
    package struct Entry: Sendable {
        package var name: String
        package var file: String
        package var test: JSONValue

        package var label: String { "\(file) \(name)" }
    }

    /// Bytes of one document; the largest of the suites have 30 MB.
    private static let maximumBytes = 64 << 20

    /// The directory of all packs.
    package let directory: String
    package let pack: String
    private let files: [String]
    /// Every how many-th document counts; 1 for all.
    private let step: Int
    /// Documents of more bytes do not count.
    private let maximumLength: Int

    /// The pack in a directory; `nil` if it is not there.
    ///
    /// - Parameters:
    ///   - step: Every how many-th document counts: for a sample.
    ///   - bytes: Longer documents do not count: for a sample.
    package init?(
        _ pack: String, in directory: String, every step: Int = 1, below bytes: Int = .max
    ) {
        self.pack = pack
        self.directory = directory
        self.step = step
        maximumLength = bytes
        files = Self.files(of: pack, in: directory)
        if files.isEmpty { return nil }
    }

    private static func files(of pack: String, in directory: String) -> [String] {
        let base = directory + "/" + pack
        let manager = FileManager.default
        for suffix in [".jsonl.gz", ".jsonl", ".json"]
        where manager.isReadableFile(atPath: base + suffix) {
            return [base + suffix]
        }
        let found = manager.enumerator(atPath: base)?.compactMap { $0 as? String } ?? []
        return found.filter { name in
            [".json", ".jsonl", ".jsonl.gz"].contains { name.hasSuffix($0) }
        }
        .sorted().map { base + "/" + $0 }
    }

    /// The documents, in order.
    package func documents() throws -> [Document] {
        var documents: [Document] = []
        for path in files {
            let file = path.split(separator: "/").last.map { String($0) } ?? path
            documents += try PackedFile.read(path).map { Document(file: file, bytes: $0) }
        }
        if step == 1, maximumLength == .max { return documents }
        return documents.enumerated()
            .filter { $0.offset % step == 0 && $0.element.bytes.count < maximumLength }
            .map(\.element)
    }

    /// The documents as JSON.
    package func values() throws -> [JSONValue] {
        try documents().map { try JSONValue(parsing: $0.bytes, limit: Self.maximumBytes) }
    }

    /// The tests: packed ones name their file and have a member `test`, or are it themselves; files of
    /// the suites have tests by their names.
    package func entries() throws -> [Entry] {
        var entries: [Entry] = []
        for document in try documents() {
            let value = try JSONValue(parsing: document.bytes, limit: Self.maximumBytes)
            if let file = value["file"]?.text {
                entries.append(
                    Entry(
                        name: value["name"]?.text ?? "", file: file,
                        test: value["test"] ?? value))
                continue
            }
            let file = document.file.lowercased()
            for member in value.object?.members ?? [] {
                entries.append(Entry(name: member.name, file: file, test: member.value))
            }
        }
        return entries
    }
}

extension JSONValue {
    /// A member that must be there and be a string.
    package func text(_ name: String) throws(VectorMismatch) -> String {
        try needed(self[name]?.text, "text \"\(name)\"")
    }

    /// A member that must be there and be bytes in hexadecimal.
    package func bytes(_ name: String) throws(VectorMismatch) -> [UInt8] {
        try needed(Hexadecimal.bytes(try text(name)), "bytes \"\(name)\"")
    }

    /// A member that must be there and be a number, or the hexadecimal text of one.
    package func number(_ name: String) throws(VectorMismatch) -> UInt256 {
        switch self[name] {
        case .number(let digits)?: try needed(UInt256(decimal: digits), "number \"\(name)\"")
        case .string(let digits)?: try needed(UInt256(hexadecimal: digits), "number \"\(name)\"")
        default: throw VectorMismatch("no number \"\(name)\"")
        }
    }
}
