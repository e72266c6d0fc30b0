import FuzzKit
import Ledger

/// A genesis file that reads is written and read again as the same; checking it never traps.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let genesis = try? Genesis(json: FuzzInput(start, count).bytes) else { return 0 }
    _ = try? genesis.check()
    // Cancun's time is not kept, only whether it had come.
    let again = must { try Genesis(json: genesis.json) }
    precondition(again.allocations == genesis.allocations)
    precondition(again.supply == genesis.supply)
    precondition(again.json == genesis.json)
    return 0
}
