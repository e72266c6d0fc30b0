import FedLearn
import FuzzKit

/// What members of a round say to each other, and what they keep on disk.
///
/// Compared as bytes, since numbers in an update may be no numbers, which equal nothing.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let kind = input.choice(of: 3)
    let bytes = input.bytes
    switch kind {
    case 0:
        guard let message = try? RoundCodec.decode(bytes) else { return 0 }
        precondition(RoundCodec.encode(message) == bytes, "\(message)")
    case 1:
        guard let state = try? RoundCodec.decodeState(bytes) else { return 0 }
        precondition(RoundCodec.encode(state) == bytes)
    default:
        guard let model = try? RoundCodec.decodeModel(bytes) else { return 0 }
        precondition(RoundCodec.encode(model) == bytes)
        precondition(model.history.count <= RoundLimits.maximumHistory)
        precondition(model.parameters.count <= RoundLimits.maximumParameters)
        let memory = model.shared.memory
        let dimension = model.parameters.count
        if let read = try? ServerMemory(decoding: memory, dimension: dimension) {
            precondition(read.encoded == memory)
        }
        // Whoever takes a model over goes on from it, whatever its memory is.
        for rule in [RuleChoice.weightedMean] + remembering {
            let part = ServerPart(rule: rule, step: .fedAdam, rounds: 3, seed: 1)
            _ = part.accepts(model.shared)
        }
        for record in model.history {
            precondition(
                record.counted.allSatisfy { $0 < RoundLimits.maximumMembers },
                "a member beyond the limit: \(record.counted)")
        }
    }
    return 0
}

/// The rules that have a memory.
private let remembering = ["anchoredMean", "centeredClipping"].compactMap {
    try? RuleChoice($0, maximumFaults: 1)
}
