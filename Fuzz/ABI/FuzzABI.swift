import FuzzKit
import Ledger

/// The first block is a type or a declaration, the second call data. What decodes encodes again to
/// something that decodes to the same; types, values and JSON ABIs survive their own text.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let text = String(decoding: input.segment() ?? [], as: UTF8.self)
    let data = input.bytes
    if let type = try? ABIType(text) {
        precondition(must { try ABIType("\(type)") }.description == "\(type)")
        if let values = try? ABIDecoder.decode(data, as: [type]) {
            let encoding = must { try ABIEncoder.encode(values, as: [type]) }
            precondition(must { try ABIDecoder.decode(encoding, as: [type]) } == values)
            precondition(encoding.count <= 3 * data.count + 64, "much made out of little")
            let shown = values[0].text(as: type)
            precondition(must { try ABIValue(shown, as: type) } == values[0], shown)
        }
    }
    if let function = try? ABIFunction(text) {
        _ = try? function.arguments(of: data)
        _ = try? function.results(of: data)
    }
    if let abi = try? ContractABI(declarations: text) {
        precondition(must { try ContractABI(json: abi.json.serialized) }.json == abi.json)
        _ = RevertReason(data, errors: abi.errors).description
    }
    _ = try? ContractABI(json: String(decoding: data, as: UTF8.self))
    return 0
}
