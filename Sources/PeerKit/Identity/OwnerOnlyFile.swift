#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

// The methods below are called read and write too, and would hide these.
private let systemRead = read(_:_:_:)
private let systemWrite = write(_:_:_:)

/// A small file of mode 0600 that is replaced as a whole and never read when others could.
package struct OwnerOnlyFile {
    package let path: String

    package init(path: String) { self.path = path }

    /// The whole file, if only its owner may reach it.
    package func read(limit: Int) throws(KeyFileError) -> [UInt8] {
        // Without O_NONBLOCK, opening a pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let error = errno
            if error == ENOENT { throw .notFound(path: path) }
            throw .io(errno: error, operation: "opening", path: path)
        }
        defer { close(descriptor) }
        // Asked of the open file, so that nobody can swap it in between.
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .io(errno: errno, operation: "reading the mode", path: path)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .corrupt(path: path, reason: "it is not a regular file")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw .permissions(path: path, mode: UInt32(status.st_mode & 0o7777))
        }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        var count = 0
        while count < bytes.count {
            let result = bytes[count...].withUnsafeMutableBytes {
                systemRead(descriptor, $0.baseAddress, $0.count)
            }
            if result < 0, errno == EINTR { continue }
            guard result >= 0 else {
                throw .io(errno: errno, operation: "reading", path: path)
            }
            if result == 0 { break }
            count += result
        }
        guard count <= limit else {
            throw .corrupt(path: path, reason: "it is longer than \(limit) bytes")
        }
        defer { Sodium.wipe(&bytes) }
        return Array(bytes[..<count])
    }

    /// Writes the file under a temporary name in the same directory, forces it to disk, and moves
    /// it to its place, so that after a crash there is the old content or the new.
    package func write(_ bytes: [UInt8], overwriting: Bool) throws(KeyFileError) {
        let temporary = temporaryPath()
        try create(temporary, bytes)
        do {
            try move(temporary, overwriting: overwriting)
        } catch {
            unlink(temporary)
            throw error
        }
        try synchronizeDirectory()
    }

    /// Removes the file; an absent one is fine.
    package func remove() throws(KeyFileError) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw .io(errno: errno, operation: "removing", path: path)
        }
        try synchronizeDirectory()
    }

    private var directory: String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private func temporaryPath() -> String {
        "\(path).\(Base16.encode(Sodium.randomBytes(count: 8))).tmp"
    }

    private func create(_ temporary: String, _ bytes: [UInt8]) throws(KeyFileError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let descriptor = open(temporary, flags, 0o600)
        guard descriptor >= 0 else {
            throw .io(errno: errno, operation: "creating a file beside it", path: path)
        }
        var isOpen = true
        do throws(KeyFileError) {
            // The umask may have taken bits from the mode, even the owner's.
            guard fchmod(descriptor, 0o600) == 0 else {
                throw KeyFileError.io(errno: errno, operation: "setting the mode", path: path)
            }
            try writeAll(bytes, to: descriptor)
            guard fsync(descriptor) == 0 else {
                throw KeyFileError.io(errno: errno, operation: "flushing", path: path)
            }
            // Some file systems report failed writes only here.
            isOpen = false
            guard close(descriptor) == 0 else {
                throw KeyFileError.io(errno: errno, operation: "closing", path: path)
            }
        } catch {
            if isOpen { close(descriptor) }
            unlink(temporary)
            throw error
        }
    }

    private func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(KeyFileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let result = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if result < 0, errno == EINTR { continue }
            guard result > 0 else {
                throw .io(errno: errno, operation: "writing", path: path)
            }
            rest = rest.dropFirst(result)
        }
    }

    private func move(_ temporary: String, overwriting: Bool) throws(KeyFileError) {
        if overwriting {
            guard rename(temporary, path) == 0 else {
                throw .io(errno: errno, operation: "moving it to its place", path: path)
            }
            return
        }
        // rename(2) replaces what is there; link(2) refuses, in one step.
        guard link(temporary, path) == 0 else {
            let error = errno
            if error == EEXIST { throw .alreadyExists(path: path) }
            throw .io(errno: error, operation: "moving it to its place", path: path)
        }
        unlink(temporary)
    }

    private func synchronizeDirectory() throws(KeyFileError) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .io(errno: errno, operation: "opening the directory", path: directory)
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw .io(errno: errno, operation: "flushing the directory", path: directory)
        }
    }
}

/// The system's own words for an error number.
enum SystemErrorText {
    static func text(_ number: Int32) -> String {
        // strerror's buffer is shared between threads; strerror_r's is ours.
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
        return String(
            decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
