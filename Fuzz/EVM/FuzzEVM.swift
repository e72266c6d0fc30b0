import FuzzKit
import Ledger

/// Any code with any input ends within its gas, and in the same way each time.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let fork = Fork.allCases[input.choice(of: Fork.allCases.count)]
    let gas = Int64(input.integer(UInt16.self)) * 16
    let data = input.take(Int(input.byte()))
    let call = SingleCall(code: input.bytes, input: data, gas: gas, fork: fork)
    let first = call.run()
    precondition(first.gasLeft >= 0 && first.gasLeft <= gas, "\(first)")
    let second = call.run()
    precondition(first.halt == second.halt && first.gasLeft == second.gasLeft)
    precondition(first.output == second.output)
    return 0
}
