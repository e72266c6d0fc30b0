import Foundation
import Testing

@testable import Ledger

@Suite("Official RLP tests") struct RLPVectorTests {
    @Test("valid inputs round-trip and invalid ones are refused", EthereumVectors.needs("rlp"))
    func vectors() throws {
        var count = 0
        for line in try EthereumVectors.lines("rlp") {
            let (name, file, test) = try EthereumVectors.entry(line)
            guard let output = test["out"] as? String, let encoded = Hexadecimal.bytes(output)
            else {
                // An odd number of digits is no bytes at all.
                #expect(file.contains("invalid"), "\(file) \(name)")
                continue
            }
            count += 1
            let isInvalid = ["INVALID", "VALID"].firstIndex(of: test["in"] as? String ?? "")
            let decoded = try? RLPValue(decoding: encoded)
            if isInvalid == 0 || file.lowercased().contains("invalid") {
                #expect(decoded == nil, "\(file) \(name)")
            } else {
                #expect(decoded?.encoded == encoded, "\(file) \(name)")
                // That one is 2²⁵⁶, which is no number here; its bytes have been compared.
                if isInvalid == nil, name != "bigint", let input = test["in"] {
                    #expect(decoded == value(input), "\(file) \(name)")
                }
            }
        }
        #expect(count > 20)
    }

    private func value(_ input: Any) -> RLPValue {
        switch input {
        case let list as [Any]: return .list(list.map(value))
        case let text as String:
            if text.hasPrefix("#"), let number = UInt256(decimal: text.dropFirst()) {
                return .string(Array(number.minimalBytes))
            }
            return .string(Array(text.utf8))
        case let number as NSNumber:
            return .string(Array(UInt256(number.uint64Value).minimalBytes))
        default: return .string([])
        }
    }
}
