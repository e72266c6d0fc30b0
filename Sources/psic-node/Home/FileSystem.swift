#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A call to the operating system that failed.
struct SystemFailure: Error, Equatable, Sendable, CustomStringConvertible {
    var operation: String
    var code: Int32

    var description: String { "\(operation): \(String(cString: strerror(code)))" }

    /// The failure that `errno` tells of.
    static func last(_ operation: String) -> SystemFailure {
        SystemFailure(operation: operation, code: errno)
    }
}

/// The few file operations that commands need.
enum FileSystem {
    /// What is at a path, links not followed.
    enum Kind: Equatable, Sendable {
        case absent
        case directory(mode: UInt32, owner: UInt32)
        case file
        case other
    }

    /// What is at `path`.
    static func kind(of path: String) throws(SystemFailure) -> Kind {
        var info = stat()
        guard lstat(path, &info) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return .absent }
            throw .last("cannot look at \(path)")
        }
        switch info.st_mode & S_IFMT {
        case S_IFDIR: return .directory(mode: UInt32(info.st_mode) & 0o7777, owner: info.st_uid)
        case S_IFREG: return .file
        default: return .other
        }
    }

    /// Creates a directory, and those above it, for the user alone. One that exists stays as it is.
    static func createPrivateDirectory(_ path: String) throws(SystemFailure) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let parent = parent(of: path) else {
            throw .last("cannot create the directory \(path)")
        }
        try createPrivateDirectory(parent)
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw .last("cannot create the directory \(path)")
        }
    }

    /// Reads a file of at most `limit` bytes; `nil` when there is none.
    static func read(_ path: String, limit: Int) throws(SystemFailure) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .last("cannot open \(path)")
        }
        defer { close(descriptor) }
        return try readAll(descriptor, path, limit: limit)
    }

    /// Reads to the end of what is open, at most `limit` bytes.
    ///
    /// - Parameter name: What it is called in errors.
    static func readAll(
        _ descriptor: Int32, _ name: String, limit: Int
    ) throws(SystemFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = systemRead(descriptor, &chunk)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw .last("cannot read \(name)")
            }
            bytes += chunk[..<count]
            guard bytes.count <= limit else {
                throw SystemFailure(operation: "cannot read \(name)", code: EFBIG)
            }
        }
    }

    private static func systemRead(_ descriptor: Int32, _ chunk: inout [UInt8]) -> Int {
        chunk.withUnsafeMutableBytes { bytes in
            #if canImport(Glibc)
            Glibc.read(descriptor, bytes.baseAddress, bytes.count)
            #else
            Darwin.read(descriptor, bytes.baseAddress, bytes.count)
            #endif
        }
    }

    /// Writes a file so that `path` holds either what it held before or all of `bytes`.
    ///
    /// - Parameter replaces: Whether a file that exists is replaced; otherwise it is `EEXIST`.
    static func write(
        _ bytes: [UInt8], to path: String, replaces: Bool, mode: mode_t = 0o600
    ) throws(SystemFailure) {
        let temporary = "\(path).\(getpid()).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .last("cannot create \(temporary)") }
        let isWritten = writeAll(descriptor, bytes) && fsync(descriptor) == 0
        let writeError = errno
        close(descriptor)
        guard isWritten else {
            unlink(temporary)
            throw SystemFailure(operation: "cannot write \(path)", code: writeError)
        }
        // A link fails where a rename would replace.
        let isPlaced = replaces ? rename(temporary, path) == 0 : link(temporary, path) == 0
        let placeError = errno
        if !isPlaced || !replaces { unlink(temporary) }
        guard isPlaced else {
            throw SystemFailure(operation: "cannot write \(path)", code: placeError)
        }
    }

    private static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let count = systemWrite(descriptor, buffer, offset)
                if count < 0, errno != EINTR { return false }
                offset += max(0, count)
            }
            return true
        }
    }

    private static func systemWrite(
        _ descriptor: Int32, _ buffer: UnsafeRawBufferPointer, _ offset: Int
    ) -> Int {
        let rest = UnsafeRawBufferPointer(rebasing: buffer[offset...])
        #if canImport(Glibc)
        return Glibc.write(descriptor, rest.baseAddress, rest.count)
        #else
        return Darwin.write(descriptor, rest.baseAddress, rest.count)
        #endif
    }

    /// The path without its last part; `nil` at the root and for a bare name.
    static func parent(of path: String) -> String? {
        var rest = path[...]
        while rest.count > 1, rest.last == "/" { rest.removeLast() }
        guard let separator = rest.lastIndex(of: "/"), rest.count > 1 else { return nil }
        let parent = rest[..<separator]
        return parent.isEmpty ? "/" : String(parent)
    }

    /// `path` from the root, with `.` and `..` worked out and `~/` as the user's directory.
    static func absolute(_ path: String, workingDirectory: String, userHome: String?) -> String {
        var path = path
        if path == "~" || path.hasPrefix("~/"), let userHome { path = userHome + path.dropFirst() }
        if !path.hasPrefix("/") { path = workingDirectory + "/" + path }
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The directory the process works in.
    static var workingDirectory: String {
        guard let text = getcwd(nil, 0) else { return "/" }
        defer { free(text) }
        return String(cString: text)
    }
}
