import FuzzKit
import Ledger

/// RLP has one encoding for each value: what decodes encodes to the same bytes, and the reader sees
/// the same items as the tree.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = FuzzInput(start, count).bytes
    guard let value = try? RLPValue(decoding: bytes) else { return 0 }
    precondition(value.encoded == bytes, "\(value)")
    var reader = RLPReader(bytes)
    precondition(must { Array(try reader.nextEncoded()) } == bytes)
    precondition(reader.isAtEnd)
    var number = RLPReader(bytes)
    if let integer = try? number.integer() {
        var writer = RLPWriter()
        writer.write(integer)
        precondition(writer.bytes == bytes, "\(integer)")
    }
    return 0
}
