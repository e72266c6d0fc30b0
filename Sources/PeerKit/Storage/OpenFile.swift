#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A call to the operating system that failed.
struct POSIXFailure: Error {
    let operation: String
    /// What the system says where the disk, a quota or the process's limit of a file's size has no room.
    static let outOfSpace: Set<Int32> = [ENOSPC, EDQUOT, EFBIG]

    /// The value of `errno`.
    let code: Int32

    /// Takes `errno` of the call that has just failed.
    init(_ operation: String) {
        self.operation = operation
        code = errno
    }

    /// A file is where a directory has to be.
    var isNotDirectory: Bool { code == ENOTDIR }
    /// Somebody else holds the lock.
    var isContention: Bool { code == EWOULDBLOCK }
}

/// An open file, closed when the value ends.
///
/// The few calls that storage needs, here so that no other file deals with the C library.
struct OpenFile: ~Copyable, Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Opens an existing directory.
    static func directory(_ path: String) throws(POSIXFailure) -> OpenFile {
        try opened(path, O_RDONLY | O_DIRECTORY)
    }

    /// Opens an existing file for reading, not following a final symbolic link.
    static func reading(_ path: String) throws(POSIXFailure) -> OpenFile {
        // Non-blocking, so that a FIFO in the file's place cannot hold us up.
        try opened(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    }

    /// Opens or creates a file that only its owner can read and write.
    static func readWrite(creating path: String) throws(POSIXFailure) -> OpenFile {
        try opened(path, O_RDWR | O_CREAT | O_NOFOLLOW)
    }

    /// Makes a file that only its owner can read and write, where there is nothing.
    static func new(_ path: String) throws(POSIXFailure) -> OpenFile {
        try opened(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW)
    }

    /// Removes a file, if it is there.
    static func remove(_ path: String) { unlink(path) }

    /// Gives a file another name, in the place of whatever had it.
    static func rename(_ path: String, to other: String) throws(POSIXFailure) {
        #if canImport(Glibc)
        let result = Glibc.rename(path, other)
        #elseif canImport(Musl)
        let result = Musl.rename(path, other)
        #else
        let result = Darwin.rename(path, other)
        #endif
        guard result == 0 else { throw POSIXFailure("rename") }
    }

    /// Lends the descriptor, for a library that writes to it.
    func withDescriptor<Failure: Error>(
        _ body: (Int32) throws(Failure) -> Void
    ) throws(Failure) { try body(descriptor) }

    private static func opened(_ path: String, _ flags: Int32) throws(POSIXFailure) -> OpenFile {
        let descriptor = open(path, flags | O_CLOEXEC, 0o600 as mode_t)
        guard descriptor >= 0 else { throw POSIXFailure("open") }
        return OpenFile(descriptor: descriptor)
    }

    /// Creates a directory that only its owner can enter.
    ///
    /// - Returns: False when something is at the path already.
    static func createDirectory(_ path: String) throws(POSIXFailure) -> Bool {
        if mkdir(path, 0o700) == 0 { return true }
        if errno == EEXIST { return false }
        throw POSIXFailure("mkdir")
    }

    /// Whether there is anything at a path, be it a dangling link.
    static func exists(_ path: String) throws(POSIXFailure) -> Bool {
        var raw = stat()
        if lstat(path, &raw) == 0 { return true }
        if errno == ENOENT { return false }
        throw POSIXFailure("lstat")
    }

    /// Kind, permissions and size.
    struct Status {
        let isRegularFile: Bool
        /// The twelve permission bits.
        let permissions: UInt32
        let bytes: Int
    }

    func status() throws(POSIXFailure) -> Status {
        var raw = stat()
        guard fstat(descriptor, &raw) == 0 else { throw POSIXFailure("fstat") }
        return Status(
            isRegularFile: raw.st_mode & S_IFMT == S_IFREG,
            permissions: UInt32(raw.st_mode & 0o7777), bytes: Int(raw.st_size))
    }

    /// Takes the exclusive advisory lock, without waiting.
    ///
    /// `flock` rather than `fcntl`: it belongs to this opening of the file, so that two openings in
    /// one process exclude each other as well, and the kernel drops it with the last descriptor.
    func lockExclusively() throws(POSIXFailure) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw POSIXFailure("flock") }
    }

    /// Up to `count` bytes from `offset`; fewer at the end of the file.
    func read(_ count: Int, at offset: Int) throws(POSIXFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                pread(
                    descriptor, buffer.baseAddress.map { $0 + filled }, count - filled,
                    off_t(offset + filled))
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw POSIXFailure("pread") }
            if got == 0 { break }
            filled += got
        }
        return Array(bytes.prefix(filled))
    }

    /// Makes `bytes` the whole of the file.
    func replaceContents(with bytes: [UInt8]) throws(POSIXFailure) {
        guard ftruncate(descriptor, 0) == 0 else { throw POSIXFailure("ftruncate") }
        try write(bytes, at: 0)
    }

    /// Writes all of some bytes at a place.
    func write(_ bytes: [UInt8], at offset: Int) throws(POSIXFailure) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                pwrite(
                    descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written,
                    off_t(offset + written))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw POSIXFailure("pwrite") }
            written += count
        }
    }

    /// Makes the file (for a directory: its list of names) survive the end of the machine.
    func synchronize() throws(POSIXFailure) {
        guard fsync(descriptor) == 0 else { throw POSIXFailure("fsync") }
    }
}

/// Identifier of this process.
func currentProcessID() -> Int32 { getpid() }

/// Lengthens the file at a descriptor that another library owns; never shortens it.
func lengthenFile(_ descriptor: Int32, to bytes: Int) throws(POSIXFailure) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw POSIXFailure("fstat") }
    guard Int(status.st_size) < bytes else { return }
    guard ftruncate(descriptor, off_t(bytes)) == 0 else { throw POSIXFailure("ftruncate") }
}

/// Keeps a descriptor that another library owns from being inherited by child programs.
func closeOnExec(_ descriptor: Int32) throws(POSIXFailure) {
    guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { throw POSIXFailure("fcntl") }
}
