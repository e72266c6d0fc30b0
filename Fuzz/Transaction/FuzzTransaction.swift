import FuzzKit
import Ledger

/// Transactions as clients send them: what decodes is what was sent, checking it never traps, and on a
/// state where its sender has coins it either has no place in a block or ends within its gas.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = FuzzInput(start, count).bytes
    guard let signed = try? SignedTransaction(decoding: bytes) else { return 0 }
    precondition(signed.encoded == bytes)
    precondition(must { try SignedTransaction(decoding: signed.encoded) } == signed)
    // Signatures of before EIP-155 name no chain.
    let chainID = signed.transaction.chainID ?? 1
    for fork in Fork.allCases {
        let checked = try? signed.checkFields(rules: fork.rules, chainID: chainID)
        guard checked != nil, signed.transaction.gasLimit <= 1_000_000 else { continue }
        var block = BlockContext()
        block.chainID = chainID
        var state = WorldState()
        state.setAccount(
            signed.sender, Account(nonce: signed.transaction.nonce, balance: .max >> 1))
        var transition = StateTransition(rules: fork.rules, block: block)
        guard
            let result = try? transition.execute(
                signed.transaction, from: signed.sender, on: &state)
        else { continue }
        precondition(result.gasUsed >= 0 && result.gasUsed <= signed.transaction.gasLimit)
    }
    return 0
}
