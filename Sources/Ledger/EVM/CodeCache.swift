/// Analysed codes by hash, so that jump destinations are found once per code and not per call.
///
/// Bounded: when it is full, the older half goes.
public struct CodeCache: Sendable {
    private var codes: [Hash32: (code: AnalyzedCode, used: UInt64)] = [:]
    private var uses: UInt64 = 0

    /// An empty cache.
    public init() {}

    /// How many codes it holds.
    public var count: Int { codes.count }

    /// The code of a hash, if it is here.
    public mutating func known(_ hash: Hash32) -> AnalyzedCode? {
        if hash == .emptyCode { return .empty }
        guard let found = codes[hash] else { return nil }
        uses += 1
        codes[hash]?.used = uses
        return found.code
    }

    /// The code of a hash, analysed on first use.
    public mutating func code(_ hash: Hash32, load: () -> [UInt8]) -> AnalyzedCode {
        if hash == .emptyCode { return .empty }
        uses += 1
        if let found = codes[hash] {
            codes[hash]?.used = uses
            return found.code
        }
        let code = AnalyzedCode(load(), hash: hash)
        if codes.count >= EVMLimits.analyzedCodes {
            let ages = codes.values.map(\.used).sorted()
            let middle = ages[ages.count / 2]
            codes = codes.filter { $0.value.used > middle }
        }
        codes[hash] = (code, uses)
        return code
    }
}
