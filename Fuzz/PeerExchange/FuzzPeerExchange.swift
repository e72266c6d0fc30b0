import FuzzKit

@testable import PeerKit

/// Messages of peer exchange: what is read keeps to the limits and comes back when written.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = FuzzInput(start, count)
    let limits = PeerExchangeLimits()
    guard let message = try? PeerExchangeCodec.decode(input.bytes, limits: limits) else { return 0 }
    switch message {
    case .question: break
    case .answer(let records):
        precondition(records.count <= limits.maximumRecords)
        precondition(records.allSatisfy { $0.count <= limits.maximumRecordBytes })
    case .announcement(let record, let hops):
        precondition(record.count <= limits.maximumRecordBytes && hops <= limits.maximumHops)
    }
    let again = must {
        try PeerExchangeCodec.decode(PeerExchangeCodec.encode(message), limits: limits)
    }
    precondition(again == message)
    return 0
}
