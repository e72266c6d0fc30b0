import FedLearn
import Ledger
import NIOCore
import PeerKit

/// What the errors of the libraries mean for the user.
extension CommandError {
    /// The error to report for whatever a command threw.
    init(wrapping error: any Error) {
        switch error {
        case let error as CommandError: self = error
        case let error as HostError: self.init(error)
        case let error as ConnectionError: self.init(error)
        case let error as StreamError: self.init(error)
        case let error as NetworkError: self.init(error)
        case let error as KeyFileError: self.init(error)
        case let error as StorageError: self.init(error)
        case let error as FederationError: self.init(error)
        case let error as LedgerStoreError: self.init(error)
        case let error as ChainError: self.init(error)
        case let error as GossipSubError: self.init(error)
        case let error as KademliaError: self.init(error)
        case let error as KeystoreError: self.init(error)
        case is MnemonicError, is BIP32PathError, is ExtendedKeyError, is TypedDataError,
            is Secp256k1Error:
            self.init(.usage, "\(error)")
        case is TimedOut: self.init(.timeout, "no answer in time")
        case is CancellationError: self.init(.interrupted, "interrupted")
        case let error as SystemFailure: self.init(.failure, "\(error)")
        case let error as IOError: self.init(.failure, "\(error)")
        default: self.init(.failure, "\(error)")
        }
    }

    private init(_ error: HostError) {
        switch error {
        case .undialable, .dialledSelf: self.init(.usage, "\(error)")
        case .noAddress(let peer):
            self.init(
                .noPeers, "the peer \(peer) is unknown",
                hint: "name it by an address with /p2p/\(peer), or wait until it is discovered")
        case .backingOff: self.init(.noPeers, "\(error)", hint: "wait or connect by its address")
        case .dialFailed(_, let failures):
            let causes = failures.map { CommandError($0.error).status }
            // The most telling of several addresses: somebody answered, but wrongly.
            let status = [.verification, .refused].first(where: causes.contains) ?? .noPeers
            self.init(status, "\(error)")
        case .limit, .refused: self.init(.refused, "\(error)")
        case .cannotListen(_, let cause):
            self.init(
                .cannotBind, "\(error)",
                hint: CommandError(cause).hint ?? "choose another address with --listen")
        case .notListenable: self.init(.usage, "\(error)")
        case .notRunning: self.init(.failure, "\(error)")
        case .cancelled: self.init(.interrupted, "interrupted")
        }
    }

    private init(_ error: ConnectionError) {
        switch error {
        case .upgrade(.noise(.unexpectedPeer(let expected, let actual))):
            self.init(
                .verification, "another peer answered: expected \(expected), found \(actual)")
        case .refused: self.init(.refused, "\(error)")
        case .timedOut: self.init(.timeout, "\(error)")
        case .network(let cause): self.init(cause)
        case .dialledSelf: self.init(.usage, "\(error)")
        default: self.init(.noPeers, "\(error)")
        }
    }

    private init(_ error: StreamError) {
        switch error {
        case .deadlineExceeded: self.init(.timeout, "\(error)")
        case .limit: self.init(.refused, "\(error)")
        case .cancelled: self.init(.interrupted, "interrupted")
        case .connectionClosed: self.init(.noPeers, "\(error)")
        default: self.init(.failure, "\(error)")
        }
    }

    private init(_ error: NetworkError) {
        switch error {
        case .addressInUse:
            self.init(
                .cannotBind, "\(error)",
                hint: "choose another address (--listen, --lan-port) or --instance N, "
                    + "or end the program that has it")
        case .cannotBind: self.init(.cannotBind, "\(error)")
        case .timedOut: self.init(.timeout, "\(error)")
        default: self.init(.noPeers, "\(error)")
        }
    }

    private init(_ error: KeyFileError) {
        switch error {
        case .notFound:
            self.init(.configuration, "\(error)", hint: "make an identity: psic-node init")
        case .passphraseNeeded, .wrongPassphrase:
            self.init(
                .configuration, "\(error)",
                hint: "give the passphrase at the terminal or in PSIC_PASSPHRASE")
        case .unsuitablePassphrase: self.init(.configuration, "\(error)")
        case .alreadyExists:
            self.init(
                .failure, "\(error)", hint: "choose another directory with --home")
        case .corrupt:
            self.init(.dataDirectory, "\(error)", hint: "the file was left as it is")
        case .permissions, .io: self.init(.dataDirectory, "\(error)")
        case .outOfMemory: self.init(.failure, "\(error)")
        }
    }

    private init(_ error: KeystoreError) {
        switch error {
        case .wrongPassphrase:
            self.init(
                .configuration, "\(error)",
                hint: "give the passphrase at the terminal or in PSIC_PASSPHRASE")
        case .notFound:
            self.init(.configuration, "\(error)", hint: "psic-node wallet list shows the accounts")
        case .tooCostly, .outOfMemory: self.init(.refused, "\(error)")
        case .malformed, .unsupported: self.init(.usage, "\(error)")
        case .wrongAddress: self.init(.verification, "\(error)")
        case .file(let error): self.init(wrapping: error)
        case .alreadyExists, .directory: self.init(.failure, "\(error)")
        }
    }

    private init(_ error: FederationError) {
        switch error {
        case .notAMember, .needsTraining, .tooManyParameters, .wrongUpdate:
            self.init(.configuration, "\(error)")
        case .corruptState:
            self.init(
                .dataDirectory, "\(error)",
                hint: "the files were left as they are; move the store away to start afresh")
        }
    }

    private init(_ error: StorageError) {
        switch error {
        case .alreadyOpen(let path):
            self.init(.dataDirectory, "\(path) is in use by another process")
        case .notPrivate(let path, let mode):
            self.init(
                .dataDirectory, "\(path) is open to others (mode \(String(mode, radix: 8)))",
                hint: "chmod 700 \(path)")
        case .foreign(let path, let reason), .corrupt(let path, let reason):
            self.init(
                .dataDirectory, "\(path) is damaged or not a store: \(reason)",
                hint: "the files were left as they are; move them away to start afresh")
        case .occupied(let path):
            self.init(
                .dataDirectory, "\(path) holds data already",
                hint: "move them away first, or name another home with --home")
        case .full: self.init(.refused, "the store is full: \(error)")
        default: self.init(.dataDirectory, "storage failed: \(error)")
        }
    }

    private init(_ error: GossipSubError) {
        switch error {
        case .unsuitableTopic: self.init(.usage, "\(error)")
        case .limit, .messageTooLong: self.init(.refused, "\(error)")
        case .unsoundParameters: self.init(.configuration, "\(error)")
        case .notAttached, .alreadyAttached, .notRunning, .refusedByValidator, .duplicate:
            self.init(.failure, "\(error)")
        }
    }

    private init(_ error: KademliaError) {
        switch error {
        case .noPeers, .notStored: self.init(.noPeers, "\(error)")
        case .limit, .valueTooLong: self.init(.refused, "\(error)")
        case .invalidRecord, .invalidKey: self.init(.usage, "\(error)")
        case .cancelled: self.init(.interrupted, "interrupted")
        case .notRunning, .notFound: self.init(.failure, "\(error)")
        }
    }

    /// A home that cannot be locked.
    init(_ error: HomeLockError, home: NodeHome) {
        switch error {
        case .alreadyLocked(let pid):
            let holder = pid.map { " (process \($0))" } ?? ""
            self.init(
                .dataDirectory, "\(home.path) is locked by a running node\(holder)",
                hint: "stop that node first, or choose another directory with --home")
        default: self.init(.dataDirectory, "cannot lock \(home.path): \(error)")
        }
    }
}
