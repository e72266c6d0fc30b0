/// Limits of the ABI codec. Call data, answers and JSON files come from others.
public enum ABILimits {
    /// Levels of arrays and tuples in a type. Solidity's compiler gives up far earlier, and each
    /// level costs a call.
    public static let typeDepth = 16
    /// Elements of an array whose length is in its type. As many words as 2 MiB hold.
    public static let fixedArrayLength = 65_536
    /// Words that the static part of a type may take, as lengths multiply: as many as 2 MiB hold.
    public static let headWords = 65_536
    /// Components of a tuple, or parameters of a function: Solidity's stack allows 16 or so.
    public static let components = 256
    /// Characters of a type or a signature; with every component named, some ten each.
    public static let signatureLength = 8192
    /// Bytes of a JSON ABI. The largest contracts in use have some 200 KiB.
    public static let jsonBytes = 4 << 20
    /// Functions, events and errors of a contract.
    public static let entries = 4096
}
