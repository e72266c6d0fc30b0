import CSecp256k1
import PeerKit

/// The one libsecp256k1 context of the process.
enum Secp256k1Context {
    /// A context blinded with fresh randomness against side channels; results do not depend on it.
    ///
    /// `nonisolated(unsafe)` is sound here. Swift initialises a static once, before any thread sees
    /// it. `secp256k1.h` promises that a constructed context can be used from several threads at a
    /// time, except by calls that take it as non-`const`, namely `randomize` and `destroy`. The only
    /// such call is the one below, before the context is shared; it is never destroyed, and this
    /// pointer is passed to nothing else that takes it as non-`const`.
    nonisolated(unsafe) static let shared: OpaquePointer = {
        // Never null: running out of memory ends the process inside the library.
        guard let context = secp256k1_context_create(UInt32(SECP256K1_CONTEXT_NONE)) else {
            preconditionFailure("libsecp256k1 made no context")
        }
        var generator = SystemRandomNumberGenerator()
        var seed = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let isRandomized = secp256k1_context_randomize(context, seed)
        Sodium.wipe(&seed)
        precondition(isRandomized == 1, "libsecp256k1 refused a random seed")
        return context
    }()
}
