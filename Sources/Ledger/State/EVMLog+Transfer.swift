extension EVMLog {
    /// Whom logs of transfers name as their contract (execution-apis, `eth_simulateV1`, and ERC-7528).
    private static let coin = Address(
        truncating: UInt256(hexadecimal: String(repeating: "e", count: 40)) ?? .zero)
    /// `keccak256("Transfer(address,address,uint256)")`.
    private static let transferTopic =
        Keccak256.hash(Array("Transfer(address,address,uint256)".utf8)).word

    /// A transfer of wei in the form in which tokens log theirs (ERC-20).
    static func transfer(of value: UInt256, from sender: Address, to recipient: Address) -> EVMLog {
        EVMLog(
            address: coin, topics: [transferTopic, sender.word, recipient.word], data: value.bytes)
    }
}
