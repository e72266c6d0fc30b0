#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Test files: plain, one document a line, or that packed with gzip.
package enum PackedFile {
    /// Why a file cannot be read, in words for people.
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// The documents of a file: its lines if it ends in `.jsonl` or `.jsonl.gz`, else all of it.
    package static func read(_ path: String) throws(Failure) -> [ArraySlice<UInt8>] {
        let bytes = path.hasSuffix(".gz") ? try unpacked(path) : try plain(path)
        guard path.hasSuffix(".jsonl") || path.hasSuffix(".jsonl.gz") else { return [bytes[...]] }
        return bytes.split(separator: 10)
    }

    private static func plain(_ path: String) throws(Failure) -> [UInt8] {
        guard let file = fopen(path, "r") else {
            throw Failure(description: "cannot read \(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        return bytes(of: file)
    }

    /// What `gzip` makes of the file.
    private static func unpacked(_ path: String) throws(Failure) -> [UInt8] {
        guard access(path, R_OK) == 0 else {
            throw Failure(description: "cannot read \(path): \(String(cString: strerror(errno)))")
        }
        // In single quotes the shell takes everything literally but the quote itself.
        let quoted = path.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "'\\''")
        guard let pipe = popen("exec gzip -dc -- '\(quoted)'", "r") else {
            throw Failure(description: "cannot start gzip")
        }
        let unpacked = bytes(of: pipe)
        guard pclose(pipe) == 0 else {
            throw Failure(description: "gzip could not unpack \(path)")
        }
        return unpacked
    }

    private static func bytes(of file: UnsafeMutablePointer<FILE>) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
        }
    }
}
