import CSodium

/// A secret in pages of its own (libsodium, "Secure memory").
///
/// Inaccessible pages stand before and behind it, so that running past the end of another buffer can
/// neither read nor write it; the system is asked not to swap it out and to leave it out of core
/// dumps, as far as it allows; it is read-only once it has been written, and overwritten with zeros at
/// the end. One secret takes four pages of address space and one of memory: right for the keys of
/// accounts, too much for short-lived keys by the thousand, which ``SecretBytes`` is for.
///
/// Sendable without the compiler's proof: `storage` is written in `init` only, before anyone else
/// can know the object, and freed in `deinit`, when nobody else can; in between it is only read, and
/// the pages themselves refuse writing.
package final class GuardedBytes: @unchecked Sendable {
    private let storage: UnsafeMutablePointer<UInt8>
    package let count: Int
    /// Whether the pages are guarded. Where the system has no more mappings to give, the secret is
    /// in ordinary memory, and overwritten at the end all the same.
    package let isGuarded: Bool

    /// Bytes that the closure writes. They are zero before.
    package init(
        count: Int, filling: (UnsafeMutableBufferPointer<UInt8>) -> Void
    ) {
        Sodium.start()
        self.count = count
        if let pages = sodium_malloc(max(count, 1)) {
            storage = pages.bindMemory(to: UInt8.self, capacity: count)
            isGuarded = true
        } else {
            storage = .allocate(capacity: count)
            isGuarded = false
        }
        storage.initialize(repeating: 0, count: count)
        filling(UnsafeMutableBufferPointer(start: storage, count: count))
        if isGuarded { sodium_mprotect_readonly(storage) }
    }

    /// Copies `bytes`. The caller wipes its own copy.
    package convenience init(_ bytes: some Collection<UInt8>) {
        self.init(count: bytes.count) { target in _ = target.initialize(fromContentsOf: bytes) }
    }

    deinit {
        if isGuarded {
            sodium_free(storage)
        } else {
            Sodium.wipe(storage, count: count)
            storage.deallocate()
        }
    }

    /// Lends the bytes; the pointer is valid during the call only.
    package func withUnsafePointer<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        body(storage)
    }

    /// A copy, which is not overwritten unless its owner does so.
    package var copy: [UInt8] { Array(UnsafeBufferPointer(start: storage, count: count)) }
}

extension GuardedBytes: CustomStringConvertible, CustomReflectable {
    package var description: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
