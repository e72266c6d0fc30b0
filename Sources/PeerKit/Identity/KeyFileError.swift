/// Why a key file could not be read or written. Nothing on disk was changed.
public enum KeyFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file is not a key file, or was damaged.
    case corrupt(path: String, reason: String)
    /// The file is sealed and no passphrase was given.
    case passphraseNeeded(path: String)
    /// The passphrase is wrong, or someone altered the sealed file; these cannot be told apart.
    case wrongPassphrase(path: String)
    /// The passphrase is empty or too long to be used.
    case unsuitablePassphrase(byteCount: Int, limit: Int)
    /// Others than the owner may read or write the file.
    case permissions(path: String, mode: UInt32)
    /// There is a file of that name already.
    case alreadyExists(path: String)
    /// There is no file of that name.
    case notFound(path: String)
    /// The memory for deriving the key from the passphrase is not to be had.
    case outOfMemory(byteCount: Int)
    /// The system refused an operation.
    case io(errno: Int32, operation: String, path: String)

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .corrupt(let path, let reason):
            "\(path) is not a valid key file: \(reason). Restore it from a backup"
        case .passphraseNeeded(let path): "\(path) is sealed: a passphrase is needed"
        case .wrongPassphrase(let path):
            "\(path) does not open: the passphrase is wrong or the file was altered"
        case .unsuitablePassphrase(let byteCount, let limit):
            "a passphrase has 1 to \(limit) bytes, not \(byteCount)"
        case .permissions(let path, let mode):
            "\(path) has mode \(String(mode, radix: 8)), so others than its owner can reach the"
                + " key. If nobody else has read it, run: chmod 600 '\(path)'"
        case .alreadyExists(let path):
            "\(path) exists already and is not overwritten"
        case .notFound(let path): "there is no key file \(path)"
        case .outOfMemory(let byteCount):
            "unsealing the key needs \(byteCount >> 20) MiB of memory, which is not to be had"
        case .io(let errno, let operation, let path):
            "\(path): \(operation) failed: \(SystemErrorText.text(errno))"
        }
    }
}
