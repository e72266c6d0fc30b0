import FedLearn
import FuzzKit

/// Compressed updates and model patches from other members.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let isPatch = input.choice(of: 2) == 1
    let dimension = Int(input.integer(UInt16.self))
    let bytes = input.bytes
    if isPatch {
        guard let patch = try? ModelPatchCodec.decode(bytes, dimension: dimension) else { return 0 }
        precondition(patch.bits.count == dimension)
        precondition(ModelPatchCodec.encode(patch) == bytes)
        return 0
    }
    guard let update = try? CompressedUpdateCodec.decode(bytes, dimension: dimension) else {
        return 0
    }
    precondition(CompressedUpdateCodec.encode(update) == bytes, "\(update)")
    let values = update.expanded()
    precondition(values.count == dimension)
    precondition(values.allSatisfy(\.isFinite))
    return 0
}
