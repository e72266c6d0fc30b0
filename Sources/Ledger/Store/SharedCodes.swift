import Synchronization

/// Analysed codes that all states of a store share.
final class SharedCodes: Sendable {
    private let cache = Mutex(CodeCache())

    /// A code by its hash; `load` is asked outside of the lock.
    func code(_ hash: Hash32, load: () -> [UInt8]) -> AnalyzedCode {
        if let known = cache.withLock({ $0.known(hash) }) { return known }
        let bytes = load()
        return cache.withLock { $0.code(hash) { bytes } }
    }
}
