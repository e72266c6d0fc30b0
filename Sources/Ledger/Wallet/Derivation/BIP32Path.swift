/// Why a text is not a derivation path.
public enum BIP32PathError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not of the form `m/44'/60'/0'/0/0`.
    case malformed
    /// More steps than ``BIP32Path/maximumSteps``.
    case tooLong

    /// What is wrong, in words for people.
    public var description: String {
        switch self {
        case .malformed: "not a derivation path; expected one like m/44'/60'/0'/0/0"
        case .tooLong: "a derivation path has at most \(BIP32Path.maximumSteps) steps"
        }
    }
}

/// The way from one key to another below it: `m/44'/60'/0'/0/0` (BIP-32, "The key tree").
public struct BIP32Path: Hashable, Sendable, CustomStringConvertible {
    /// Steps that a path may have: BIP-32 counts them in one byte.
    public static let maximumSteps = 255
    /// The bit of a step that says "hardened": its child can't be made from a public key.
    public static let hardened: UInt32 = 1 << 31

    /// Each with its ``hardened`` bit.
    public let steps: [UInt32]

    /// A path of these steps.
    public init(steps: [UInt32]) throws(BIP32PathError) {
        guard steps.count <= Self.maximumSteps else { throw .tooLong }
        self.steps = steps
    }

    private init(unchecked steps: [UInt32]) { self.steps = steps }

    /// The path of an Ethereum account, `m/44'/60'/0'/0/INDEX` (BIP-44).
    ///
    /// - Parameter index: Below 2³¹.
    public static func account(_ index: UInt32) -> BIP32Path {
        BIP32Path(unchecked: [
            44 | hardened, 60 | hardened, hardened, 0, index & ~hardened,
        ])
    }

    /// Reads `m`, `m/44'/60'/0'/0/0` and so on; `h` and `H` mean the same as `'`.
    public init(_ text: String) throws(BIP32PathError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.first == "m" else { throw .malformed }
        guard parts.count <= Self.maximumSteps + 1 else { throw .tooLong }
        var steps: [UInt32] = []
        for part in parts.dropFirst() {
            let isHardened = "'hH".contains(part.last ?? " ")
            let digits = isHardened ? part.dropLast() : part
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }),
                let step = UInt32(digits), step < Self.hardened
            else { throw .malformed }
            steps.append(isHardened ? step | Self.hardened : step)
        }
        self.steps = steps
    }

    /// The text form.
    public var description: String {
        steps.reduce("m") { text, step in
            "\(text)/\(step & ~Self.hardened)" + (step & Self.hardened == 0 ? "" : "'")
        }
    }
}
