import Crypto

/// Why a text is not a path of hardened keys.
public enum DerivationPathError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Not of the form `m/44'/0'`.
    case malformed
    /// A step without `'`: Ed25519 knows hardened children only.
    case notHardened(position: Int)
    /// More steps than ``DerivationPath/maximumSteps``.
    case tooLong

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .malformed: "not a derivation path; expected one like m/44'/0'/1'"
        case .notHardened(let position):
            "step \(position) has no ': Ed25519 keys have hardened children only (SLIP-0010)"
        case .tooLong: "a derivation path has at most \(DerivationPath.maximumSteps) steps"
        }
    }
}

/// The way from a seed to a key: hardened steps, such as `m/44'/1886611811'/0'/0'/0'`.
public struct DerivationPath: Hashable, Sendable, CustomStringConvertible {
    /// Steps that a path may have; BIP-32 counts them in one byte, wallets use five.
    public static let maximumSteps = 16
    /// psic's number where SLIP-0044 has coin types: the letters of "psic", above all that are
    /// registered.
    public static let coinType: UInt32 = 0x7073_6963

    /// Each below 2³¹, without the bit that says "hardened".
    public let steps: [UInt32]

    /// The path of the identity of a node: `m/44'/1886611811'/ACCOUNT'/0'/ROTATION'`.
    ///
    /// - Parameters:
    ///   - account: Which of several nodes with one mnemonic; below 2³¹.
    ///   - rotation: How often the node's key has been changed; below 2³¹.
    public static func identity(account: UInt32 = 0, rotation: UInt32 = 0) -> DerivationPath {
        DerivationPath(
            unchecked: [44, coinType, account & 0x7fff_ffff, 0, rotation & 0x7fff_ffff])
    }

    private init(unchecked steps: [UInt32]) { self.steps = steps }

    /// Reads `m`, `m/44'` and so on.
    public init(_ text: String) throws(DerivationPathError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.first == "m" else { throw .malformed }
        guard parts.count <= Self.maximumSteps + 1 else { throw .tooLong }
        var steps: [UInt32] = []
        for (position, part) in parts.enumerated().dropFirst() {
            guard part.last == "'" else {
                guard part.allSatisfy({ $0.isASCII && $0.isNumber }), !part.isEmpty else {
                    throw .malformed
                }
                throw .notHardened(position: position)
            }
            let digits = part.dropLast()
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let step = UInt32(digits), step < 1 << 31
            else { throw .malformed }
            steps.append(step)
        }
        self.steps = steps
    }

    /// The text form.
    public var description: String { steps.reduce("m") { "\($0)/\($1)'" } }
}

/// An Ed25519 key that others can be derived from (SLIP-0010).
///
/// Source: https://github.com/satoshilabs/slips/blob/master/slip-0010.md
public struct HierarchicalKey: Sendable {
    private let secret: GuardedBytes
    private let chain: GuardedBytes

    /// The master key of a seed, of which BIP-39 makes 64 bytes; SLIP-0010 allows 16 to 64.
    ///
    /// - Precondition: The seed has 16 to 64 bytes: it comes from this process, not from a peer.
    public init(seed: [UInt8]) {
        precondition((16...64).contains(seed.count), "a seed has 16 to 64 bytes")
        self.init(Self.mac(key: Array("ed25519 seed".utf8), seed))
    }

    private init(_ mac: [UInt8]) {
        secret = GuardedBytes(mac[..<32])
        chain = GuardedBytes(mac[32...])
    }

    /// The key at the end of a path that begins here.
    public func derived(at path: DerivationPath) -> HierarchicalKey {
        path.steps.reduce(self) { key, step in key.child(step) }
    }

    /// A hardened child.
    private func child(_ step: UInt32) -> HierarchicalKey {
        let number = step | 1 << 31
        var data = [0] + secret.copy
        defer { Sodium.wipe(&data) }
        data += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
        return HierarchicalKey(Self.mac(key: chain.copy, data))
    }

    /// The key to sign with.
    public var privateKey: Ed25519PrivateKey {
        var seed = secret.copy
        defer { Sodium.wipe(&seed) }
        do {
            return try Ed25519PrivateKey(seed: seed)
        } catch {
            preconditionFailure("a seed of \(seed.count) bytes was refused: \(error)")
        }
    }

    /// For tests: what SLIP-0010 calls the chain code.
    var chainCode: [UInt8] { chain.copy }
    /// For tests: the private key's seed.
    var seed: [UInt8] { secret.copy }

    private static func mac(key: [UInt8], _ data: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA512>.authenticationCode(for: data, using: SymmetricKey(data: key)))
    }
}

extension HierarchicalKey: CustomStringConvertible, CustomReflectable {
    /// Tells nothing.
    public var description: String { "hierarchical key" }
    /// Shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
