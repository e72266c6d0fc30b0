/// Bytes that are overwritten when their last owner lets go of them, and never printed.
///
/// Sendable without the compiler's proof: `storage` is written in `init` only, before anyone else
/// can know the object, and freed in `deinit`, when nobody else can; in between it is only read.
package final class SecretBytes: @unchecked Sendable {
    private let storage: UnsafeMutablePointer<UInt8>
    let count: Int

    /// Copies `bytes`. The caller wipes its own copy.
    package init(_ bytes: [UInt8]) {
        count = bytes.count
        storage = .allocate(capacity: bytes.count)
        storage.initialize(from: bytes, count: bytes.count)
    }

    deinit {
        Sodium.wipe(storage, count: count)
        storage.deallocate()
    }

    /// Lends the bytes; the pointer is valid during the call only.
    package func withUnsafePointer<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        body(storage)
    }

    /// A copy, which is not overwritten unless its owner does so.
    var copy: [UInt8] { Array(UnsafeBufferPointer(start: storage, count: count)) }
}

extension SecretBytes: CustomStringConvertible, CustomReflectable {
    package var description: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
