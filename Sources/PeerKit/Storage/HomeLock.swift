import Synchronization

/// An exclusive lock on a node's home directory, so that two nodes never share one.
///
/// The lock is an advisory `flock` on the file `lock` in the directory. It ends with
/// ``release()``, with the last reference to this object, and with the process however that ends;
/// a file left behind therefore locks nothing, and nobody needs to delete it. The file holds the
/// process identifier of the holder, in decimal, for messages only.
///
/// Keep the object for as long as the lock is needed and end it with ``release()``: a local that is
/// not used again may be gone before its scope ends.
public final class HomeLock: Sendable {
    private let file: Mutex<OpenFile?>

    /// Locks a directory, without waiting.
    ///
    /// - Parameter directory: An existing directory; it is not created, and its permissions are
    ///   the caller's matter.
    /// - Throws: ``HomeLockError``.
    public init(directory: String) throws(HomeLockError) {
        guard !directory.utf8.contains(0) else { throw .invalidPath(directory) }
        let opened: OpenFile
        do throws(POSIXFailure) {
            opened = try OpenFile.readWrite(creating: directory + "/lock")
        } catch {
            throw HomeLockError(error)
        }
        do throws(POSIXFailure) {
            try opened.lockExclusively()
        } catch  where error.isContention {
            throw .alreadyLocked(pid: Self.holder(in: opened))
        } catch {
            throw HomeLockError(error)
        }
        do throws(POSIXFailure) {
            try opened.replaceContents(with: Array("\(currentProcessID())\n".utf8))
        } catch {
            throw HomeLockError(error)
        }
        file = Mutex(opened)
    }

    /// Gives the lock up; releasing twice is harmless.
    public func release() {
        file.withLock { file in
            // Emptied first, while nobody else can hold it, so that no stale identifier stays. That
            // it fails (a full disk cannot make it) would only cost a message its precision.
            if let held = file.take() { try? held.replaceContents(with: []) }
        }
    }

    /// The identifier the holder wrote, if it has got round to it.
    private static func holder(in file: borrowing OpenFile) -> Int32? {
        guard let bytes = try? file.read(16, at: 0) else { return nil }
        let digits = bytes.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return Int32(String(decoding: digits, as: UTF8.self))
    }
}

/// Why a home directory could not be locked.
public enum HomeLockError: Error, Hashable, Sendable {
    /// Another node runs on this home; `pid` is its process, when it could be read.
    case alreadyLocked(pid: Int32?)
    /// The path has a NUL byte.
    case invalidPath(String)
    /// A call to the operating system failed with `code`, a value of `errno`.
    case system(operation: String, code: Int32)

    init(_ failure: POSIXFailure) {
        self = .system(operation: failure.operation, code: failure.code)
    }
}
