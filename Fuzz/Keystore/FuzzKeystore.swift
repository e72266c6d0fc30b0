import FuzzKit
import Ledger

/// A key file that is read asks for no more than the limits allow, and is written as it was read. It is
/// not opened: that is slow by design.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = FuzzInput(start, count).bytes
    guard let document = try? KeystoreDocument(json: bytes) else { return 0 }
    switch document.kdf {
    case .scrypt(let n, let r, let p):
        precondition(128 * n * UInt64(r) <= KeystoreLimits.scryptBytes)
        precondition(n * UInt64(r) * UInt64(p) <= KeystoreLimits.scryptWork)
    case .pbkdf2(let rounds): precondition(rounds <= KeystoreLimits.pbkdf2Rounds)
    }
    let again = must { try KeystoreDocument(json: Array(document.json.serialized.utf8)) }
    precondition(again == document)
    return 0
}
