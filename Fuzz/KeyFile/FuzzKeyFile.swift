import FuzzKit
@testable import PeerKit

/// The bytes of a key file. Without a passphrase, as deriving its key takes too long for a fuzzer:
/// a sealed file must get as far as asking for it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = FuzzInput(start, count).bytes
    do {
        let key = try KeyFileFormat.decode(bytes, passphrase: nil)
        precondition(!KeyFileFormat.isSealed(bytes))
        let again = must { try KeyFileFormat.decode(KeyFileFormat.encode(key), passphrase: nil) }
        precondition(again.publicKey == key.publicKey)
    } catch {
        if case .passphraseNeeded = error { precondition(KeyFileFormat.isSealed(bytes)) }
    }
    return 0
}
