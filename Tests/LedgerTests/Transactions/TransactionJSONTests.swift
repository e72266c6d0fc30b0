import Testing

@testable import Ledger

@Suite("Transactions to be signed, as JSON") struct TransactionJSONTests {
    @Test("the fields decide on the kind, numbers come in three forms")
    func kinds() throws {
        let legacy = try Transaction(
            json:
                #"{"nonce":"0x1","gas":21000,"gasPrice":"7","to":"0x00000000000000000000000000000000000000ff","value":"0xff"}"#
        )
        #expect(legacy.kind == .legacy && legacy.chainID == nil && legacy.nonce == 1)
        #expect(legacy.maxFeePerGas == 7 && legacy.maxPriorityFeePerGas == 7 && legacy.value == 255)
        let access = try Transaction(
            json:
                #"{"chainId":5,"nonce":0,"gasLimit":1,"gasPrice":1,"accessList":[{"address":"0x00000000000000000000000000000000000000ff","storageKeys":["0x0000000000000000000000000000000000000000000000000000000000000001"]}],"to":null,"data":"0x60"}"#
        )
        #expect(access.kind == .accessList && access.to == nil && access.input == [0x60])
        #expect(access.accessList == [.init(address: Address(truncating: 0xff), slots: [1])])
        let fee = try Transaction(
            json:
                #"{"chainId":5,"nonce":0,"gas":1,"maxFeePerGas":3,"maxPriorityFeePerGas":2,"data":"0x01","input":"0x01"}"#
        )
        #expect(fee.kind == .dynamicFee && fee.maxFeePerGas == 3 && fee.maxPriorityFeePerGas == 2)
        let typed = try Transaction(
            json: #"{"type":"0x2","chainId":5,"nonce":0,"gas":1,"maxFeePerGas":3}"#)
        #expect(typed.kind == .dynamicFee)
        let blob = try Transaction(
            json:
                #"{"type":3,"chainId":5,"nonce":0,"gas":1,"maxFeePerGas":3,"maxFeePerBlobGas":4,"to":"0x00000000000000000000000000000000000000ff","blobVersionedHashes":["0x0100000000000000000000000000000000000000000000000000000000000001"]}"#
        )
        #expect(blob.kind == .blob && blob.blobHashes.count == 1 && blob.maxFeePerBlobGas == 4)
    }

    @Test(
        "what is missing, unknown or none is refused and named",
        arguments: [
            (#"{"gas":1,"gasPrice":1}"#, "nonce"), (#"{"nonce":1,"gasPrice":1}"#, "gas"),
            (#"{"nonce":1,"gas":1}"#, "gasPrice"),
            (#"{"nonce":1,"gas":1,"maxFeePerGas":1}"#, "chainId"),
            (#"{"nonce":1,"gas":1,"gasPrice":1,"extra":1}"#, "extra"),
            (#"{"nonce":1,"gas":1,"gasPrice":1,"maxPriorityFeePerGas":1}"#, "maxPriorityFeePerGas"),
            (#"{"type":0,"nonce":1,"gas":1,"gasPrice":1,"accessList":[]}"#, "accessList"),
            (#"{"nonce":-1,"gas":1,"gasPrice":1}"#, "nonce"),
            (#"{"nonce":1.5,"gas":1,"gasPrice":1}"#, "nonce"),
            (#"{"nonce":18446744073709551616,"gas":1,"gasPrice":1}"#, "nonce"),
            (#"{"nonce":1,"gas":1,"gasPrice":1,"to":"0x1"}"#, "to"),
            (#"{"nonce":1,"gas":1,"gasPrice":1,"to":5}"#, "to"),
            (#"{"nonce":1,"gas":1,"gasPrice":1,"data":"0x1"}"#, "data"),
            (#"{"nonce":1,"gas":1,"gasPrice":1,"data":"0x01","input":"0x02"}"#, "data"),
            (#"{"type":4,"chainId":1,"nonce":1,"gas":1,"maxFeePerGas":1}"#, "type"),
            (#"{"type":9,"nonce":1,"gas":1,"gasPrice":1}"#, "type"),
            (#"{"chainId":1,"nonce":1,"gas":1,"gasPrice":1,"accessList":5}"#, "accessList"),
            (#"{"chainId":1,"nonce":1,"gas":1,"gasPrice":1,"accessList":[{}]}"#, "accessList"),
            ("[]", "object"), ("", "JSON"), (#"{"nonce":1,"nonce":2}"#, "nonce"),
        ])
    func refused(_ text: String, _ name: String) {
        do throws(TransactionJSONError) {
            let transaction = try Transaction(json: text)
            Issue.record("taken: \(transaction)")
        } catch {
            #expect(error.description.contains(name), "\(error)")
        }
    }
}
