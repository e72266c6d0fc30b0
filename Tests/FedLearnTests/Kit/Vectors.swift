import Foundation
import Testing

/// Files of the `Vectors` folder, or for `Scripts/conformance-fl.sh` of the one that FEDLEARN_VECTORS
/// names.
enum Vectors {
    /// The folders that other directories of golden vectors have too.
    static let published: Set<Substring> = [
        "agg", "clip", "compress", "determinism", "dp", "meta", "opt", "reputation", "secagg",
    ]

    static func url(_ name: String) throws -> URL {
        let own = try #require(Bundle.module.resourceURL).appendingPathComponent("Vectors")
        let variables = ProcessInfo.processInfo.environment
        if let log = variables["FEDLEARN_VECTORS_LOG"] { try note(name, in: log) }
        guard let other = variables["FEDLEARN_VECTORS"],
            let part = name.split(separator: "/").first,
            published.contains(part)
        else { return own.appendingPathComponent(name) }
        return URL(fileURLWithPath: other).appendingPathComponent(name)
    }

    /// Says which files were read; a line is shorter than what the system writes in one piece.
    private static func note(_ name: String, in log: String) throws {
        let file = open(log, O_WRONLY | O_APPEND | O_CREAT, 0o644)
        guard file >= 0 else { throw CocoaError(.fileWriteUnknown) }
        defer { close(file) }
        let line = Array((name + "\n").utf8)
        guard write(file, line, line.count) == line.count else {
            throw CocoaError(.fileWriteUnknown)
        }
    }

    /// The names of a folder's folders, in order.
    static func folders(in name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(
            at: url(name), includingPropertiesForKeys: [.isDirectoryKey]
        ).filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }
            .map(\.lastPathComponent).sorted()
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: url(name)))
    }

    /// Raw little-endian float32.
    static func floats(_ name: String) throws -> [Float] {
        let bytes = try bytes(name)
        return bytes.withUnsafeBytes { raw in
            (0..<bytes.count / 4).map { index in
                let bits = raw.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
                return Float(bitPattern: UInt32(littleEndian: bits))
            }
        }
    }

    static func json<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(contentsOf: url(name)))
    }
}
