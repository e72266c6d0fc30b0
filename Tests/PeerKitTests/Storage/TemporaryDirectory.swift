#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A fresh directory of mode 0700, removed with the value that holds it.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/psic-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestSystemError(code: errno) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { Self.removeTree(path) }

    /// The path of a file in the directory.
    func file(_ name: String) -> String { path + "/" + name }

    func write(_ bytes: [UInt8], to name: String) throws {
        let descriptor = open(file(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600 as mode_t)
        guard descriptor >= 0 else { throw TestSystemError(code: errno) }
        defer { close(descriptor) }
        guard
            bytes.withUnsafeBytes({ pwrite(descriptor, $0.baseAddress, $0.count, 0) })
                == bytes.count
        else { throw TestSystemError(code: errno) }
    }

    func read(_ name: String) throws -> [UInt8] {
        let descriptor = open(file(name), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TestSystemError(code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw TestSystemError(code: errno) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == bytes.count else { throw TestSystemError(code: errno) }
        return bytes
    }

    /// Permission bits of a file in the directory, or of the directory itself.
    func permissions(of name: String = ".") throws -> Int {
        var status = stat()
        guard stat(file(name), &status) == 0 else { throw TestSystemError(code: errno) }
        return Int(status.st_mode & 0o7777)
    }

    func setPermissions(_ mode: Int, of name: String = ".") throws {
        guard chmod(file(name), mode_t(mode)) == 0 else { throw TestSystemError(code: errno) }
    }

    /// Names in the directory, sorted.
    func names(in name: String = ".") throws -> [String] { try Self.names(file(name)) }

    private static func names(_ path: String) throws -> [String] {
        guard let stream = opendir(path) else { throw TestSystemError(code: errno) }
        defer { closedir(stream) }
        var found: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { found.append(name) }
        }
        return found.sorted()
    }

    private static func removeTree(_ path: String) {
        if unlink(path) == 0 { return }
        for name in (try? names(path)) ?? [] { removeTree(path + "/" + name) }
        rmdir(path)
    }
}

/// A call to the operating system failed in a test's own set-up.
struct TestSystemError: Error {
    let code: Int32
}

/// Identifies the current thread.
func currentThread() -> UInt {
    #if canImport(Darwin)
    UInt(bitPattern: pthread_self())
    #else
    UInt(pthread_self())
    #endif
}
