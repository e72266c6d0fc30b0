import FuzzKit
import Ledger

/// What is read as JSON is written and read again as the same; a body never traps, whatever it holds,
/// nor do the forms of its parameters.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = FuzzInput(start, count).bytes
    if let value = try? JSONReader.value(bytes) {
        let written = JSONWriter.bytes(value)
        precondition(must { try JSONReader.value(written) } == value)
    }
    guard let body = try? RPCBody(bytes, limits: RPCLimits()) else { return 0 }
    let items: [RPCBody.Item]
    switch body {
    case .single(let item): items = [item]
    case .batch(let list): items = list
    }
    for case .success(let request) in items.map(\.request) {
        let parameters = RPCParameters(request.params)
        for place in 0..<min(3, request.params.count) {
            _ = try? parameters.block(place)
            _ = try? parameters.data(place)
            _ = try? parameters.quantity(place)
            _ = try? parameters.slot(place)
            _ = try? RPCField.call(parameters.required(place))
            _ = try? RPCField.logFilter(parameters.required(place))
            _ = try? RPCField.overrides(parameters.required(place))
        }
    }
    return 0
}
