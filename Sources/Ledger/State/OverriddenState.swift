/// A state with some accounts as a caller wants them to be.
struct OverriddenState<Source: StateSource>: StateSource {
    private var source: Source
    private let changes: [Address: StateOverrides.Change]
    private var codes: [Hash32: AnalyzedCode] = [:]
    private var codeHashes: [Address: Hash32] = [:]

    init(_ source: Source, _ overrides: StateOverrides) {
        self.source = source
        changes = overrides.accounts
        for (address, change) in changes {
            guard let code = change.code else { continue }
            let hash = code.isEmpty ? Hash32.emptyCode : Keccak256.hash(code)
            codeHashes[address] = hash
            codes[hash] = code.isEmpty ? .empty : AnalyzedCode(code, hash: hash)
        }
    }

    mutating func account(_ address: Address) -> Account? {
        let account = source.account(address)
        guard let change = changes[address] else { return account }
        var changed = account ?? Account()
        if let balance = change.balance { changed.balance = balance }
        if let nonce = change.nonce { changed.nonce = nonce }
        if let hash = codeHashes[address] { changed.codeHash = hash }
        return changed
    }

    mutating func storage(_ key: UInt256, of address: Address) -> UInt256 {
        guard let change = changes[address] else { return source.storage(key, of: address) }
        if let value = change.stateDifference[key] { return value }
        if let state = change.state { return state[key] ?? .zero }
        return source.storage(key, of: address)
    }

    mutating func hasStorage(_ address: Address) -> Bool {
        if let change = changes[address] {
            if change.stateDifference.values.contains(where: { !$0.isZero }) { return true }
            if let state = change.state { return state.values.contains { !$0.isZero } }
        }
        return source.hasStorage(address)
    }

    mutating func code(_ hash: Hash32) -> AnalyzedCode { codes[hash] ?? source.code(hash) }

    func blockHash(_ number: UInt64) -> Hash32 { source.blockHash(number) }
}
