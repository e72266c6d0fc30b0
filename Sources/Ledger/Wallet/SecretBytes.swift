#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Secret bytes at one place in memory, overwritten with zeros when the last reference goes.
///
/// Copies of whatever holds this share the one place. It does not keep the page from being
/// swapped out, and has no power over copies that a caller made before or after.
///
/// `@unchecked Sendable` is sound: the pointer is set once and the bytes are written only by `init`,
/// before anyone else has a reference, and by `deinit`, after everyone has given theirs up.
final class SecretBytes: @unchecked Sendable {
    private let start: UnsafeMutablePointer<UInt8>
    private let count: Int

    /// Copies `bytes`, which remain the caller's to erase.
    init(copying bytes: some Collection<UInt8>) {
        count = bytes.count
        start = .allocate(capacity: count)
        _ = UnsafeMutableBufferPointer(start: start, count: count).initialize(from: bytes)
    }

    deinit {
        eraseSecret(UnsafeMutableRawBufferPointer(start: start, count: count))
        start.deallocate()
    }

    /// Lends the bytes for the length of a call; they must not be kept.
    func withBytes<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        withExtendedLifetime(self) { body(start) }
    }
}

/// Overwrites bytes with zeros, in a way the optimiser may not leave out.
func eraseSecret(_ bytes: UnsafeMutableRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    #if canImport(Darwin)
    memset_s(start, bytes.count, 0, bytes.count)
    #else
    explicit_bzero(start, bytes.count)
    #endif
}
