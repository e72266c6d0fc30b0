import Ledger
import PeerKit

/// A key of the DHT as people write it.
enum DHTKey: Equatable, Sendable {
    /// `NAME`: a signed record of the running node's own.
    case own(name: String)
    /// `PEERID/NAME` or `/psic/PEERID/NAME`: somebody's signed record.
    case record(author: PeerID, name: String)
    /// `/pk/PEERID`: somebody's public key.
    case publicKey(PeerID)
    /// `0x…`: the bytes of any key.
    case raw([UInt8])

    init(_ text: String) throws(CommandError) {
        guard !text.isEmpty, text.utf8.count <= Self.maximumTextBytes else {
            throw CommandError(.usage, "a key has 1 to \(Self.maximumTextBytes) bytes")
        }
        if text.hasPrefix("0x") {
            guard let bytes = Hexadecimal.prefixed(text), !bytes.isEmpty else {
                throw CommandError(.usage, "\"\(text)\" is not 0x and pairs of hexadecimal digits")
            }
            self = .raw(bytes)
        } else if text.hasPrefix("/pk/") {
            self = .publicKey(try Target.peer(String(text.dropFirst(4))))
        } else if text.hasPrefix("/psic/") {
            self = try Self.record(text.dropFirst(6), whole: text)
        } else if text.hasPrefix("/") {
            throw CommandError(
                .usage, "no keys of the namespace of \"\(text)\" are known here",
                hint: "NAME, PEERID/NAME, /psic/PEERID/NAME, /pk/PEERID or 0x and the key's bytes")
        } else if text.contains("/") {
            self = try Self.record(text[...], whole: text)
        } else {
            self = .own(name: text)
        }
    }

    private static func record(
        _ text: Substring, whole: String
    ) throws(CommandError) -> DHTKey {
        guard let slash = text.firstIndex(of: "/"), text.index(after: slash) < text.endIndex else {
            throw CommandError(.usage, "\"\(whole)\" is not PEERID/NAME")
        }
        return .record(
            author: try Target.peer(String(text[..<slash])),
            name: String(text[text.index(after: slash)...]))
    }

    /// The bytes, where `local` is the node's own ID.
    func bytes(local: PeerID) -> [UInt8] {
        switch self {
        case .own(let name): SignedRecord.key(of: local, name: Array(name.utf8))
        case .record(let author, let name): SignedRecord.key(of: author, name: Array(name.utf8))
        case .publicKey(let peer): PublicKeyValidator.key(of: peer)
        case .raw(let bytes): bytes
        }
    }

    private static let maximumTextBytes = 1024
}
