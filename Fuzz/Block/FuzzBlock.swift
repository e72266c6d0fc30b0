import FuzzKit
import Ledger

/// Blocks, headers and receipts have one encoding each: what decodes encodes to the same bytes. No
/// header makes the rules trap.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = FuzzInput(start, count).bytes
    if let block = try? Block(decoding: bytes) {
        precondition(block.encoded == bytes)
        check(block.header)
    }
    if let header = try? BlockHeader(decoding: bytes) {
        precondition(header.encoded == bytes)
        check(header)
    }
    if let receipt = try? Receipt(decoding: bytes) { precondition(receipt.encoded == bytes) }
    return 0
}

/// Any header may come as a parent, as a block, or as both.
private func check(_ header: BlockHeader) {
    for policy in [FeePolicy.eip1559, .fixed(.zero)] {
        let rules = ChainRules(
            chainID: 1, forks: ForkSchedule(pragueTime: 1000), feePolicy: policy,
            supply: .standard)
        _ = try? rules.check(header, after: header)
        var next = header
        next.number = header.number &+ 1
        next.timestamp = header.timestamp &+ 1
        next.baseFeePerGas = policy.baseFee(after: header)
        _ = try? rules.check(next, after: header)
        let block = Block(header: next)
        _ = try? BlockExecutor(rules: rules).execute(block, after: header, on: WorldState())
    }
}
