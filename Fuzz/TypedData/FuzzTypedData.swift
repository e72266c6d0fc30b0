import FuzzKit
import Ledger

/// JSON that is read is written and read again as the same; typed data and transactions of any bytes
/// are hashed or refused.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = FuzzInput(start, count)
    guard let json = try? JSONValue(parsing: input.bytes, limit: 1 << 20) else { return 0 }
    precondition(must { try JSONValue(parsing: json.serialized, limit: 8 << 20) } == json)
    precondition(must { try JSONValue(parsing: json.serializedOnLines, limit: 64 << 20) } == json)
    if let data = try? TypedData(json: json.serialized), let hash = try? data.hash() {
        precondition(must { try data.hash() } == hash)
    }
    if let transaction = try? Transaction(json: json.serialized) { _ = transaction.signingHash }
    return 0
}
