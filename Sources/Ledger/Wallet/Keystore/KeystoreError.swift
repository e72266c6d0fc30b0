import PeerKit

/// Why a key file could not be read or written. Nothing on disk was changed.
public enum KeystoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Not a key file of version 3, or damaged.
    case malformed(String)
    /// A cipher or key derivation that the standard allows and nobody here knows.
    case unsupported(String)
    /// Parameters beyond ``KeystoreLimits``.
    case tooCostly(String)
    /// The passphrase is wrong, or the file was altered; these cannot be told apart.
    case wrongPassphrase
    /// The key inside is not that of the address outside.
    case wrongAddress(stated: Address, actual: Address)
    /// The memory for deriving the key from the passphrase is not to be had.
    case outOfMemory
    /// The account has a file already.
    case alreadyExists(Address)
    /// No file of that account.
    case notFound(Address)
    /// The file itself could not be read or written.
    case file(KeyFileError)
    /// The directory could not be read or made.
    case directory(path: String, reason: String)

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .malformed(let reason): "not a key file (Web3 Secret Storage 3): \(reason)"
        case .unsupported(let what): "the key file uses \(what), which is not supported"
        case .tooCostly(let what):
            "the key file asks for \(what): refused, as no wallet makes such files"
        case .wrongPassphrase: "the passphrase is wrong, or the key file was altered"
        case .wrongAddress(let stated, let actual):
            "the key file says \(stated), but holds the key of \(actual)"
        case .outOfMemory: "the memory for opening the key file is not to be had"
        case .alreadyExists(let address): "there is a key file of \(address) already"
        case .notFound(let address): "there is no key file of \(address)"
        case .file(let error): "\(error)"
        case .directory(let path, let reason): "\(path): \(reason)"
        }
    }
}
