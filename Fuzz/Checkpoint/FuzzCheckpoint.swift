import FedLearn
import FuzzKit

/// Checkpoints from files.
///
/// Compared as bytes, since values may be no numbers, which equal nothing; a file may say the same in
/// other words, so what is compared are two encodings.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = FuzzInput(start, count)
    guard let checkpoint = try? CheckpointCodec.decode(input.bytes) else { return 0 }
    let values = checkpoint.tensors.reduce(0) { $0 + $1.values.count }
    precondition(4 * values <= count)
    let bytes = CheckpointCodec.encode(checkpoint)
    let again = must { try CheckpointCodec.decode(bytes) }
    precondition(CheckpointCodec.encode(again) == bytes)
    return 0
}
