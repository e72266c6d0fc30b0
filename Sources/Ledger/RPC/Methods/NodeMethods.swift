/// What clients ask to learn whom they talk to.
package struct NodeMethods: RPCArea {
    let chainID: UInt64
    /// `psic/0.1.0/linux/swift6`.
    let clientVersion: String
    /// Accounts that the node signs for; none unless it is a development chain.
    let accounts: [Address]
    /// Connected peers.
    let peerCount: @Sendable () async -> Int

    package init(
        chainID: UInt64, clientVersion: String, accounts: [Address] = [],
        peerCount: @escaping @Sendable () async -> Int = { 0 }
    ) {
        self.chainID = chainID
        self.clientVersion = clientVersion
        self.accounts = accounts
        self.peerCount = peerCount
    }

    package var methods: [RPCMethod] {
        [
            RPCMethod("web3_clientVersion", 0) { _, _ in .string(clientVersion) },
            RPCMethod("web3_sha3", 1) { parameters, _ in
                .data(Keccak256.hash(try parameters.data(0)))
            },
            // In decimal, unlike everything else.
            RPCMethod("net_version", 0) { _, _ in .string(String(chainID)) },
            RPCMethod("net_listening", 0) { _, _ in true },
            RPCMethod("net_peerCount", 0) { _, _ in .quantity(await peerCount()) },
            RPCMethod("eth_chainId", 0) { _, _ in .quantity(chainID) },
            RPCMethod("eth_protocolVersion", 0) { _, _ in "0x44" },
            RPCMethod("eth_syncing", 0) { _, _ in false },
            RPCMethod("eth_accounts", 0) { _, _ in .array(accounts.map { .data($0) }) },
            RPCMethod("eth_mining", 0) { _, _ in false },
            RPCMethod("eth_hashrate", 0) { _, _ in "0x0" },
            RPCMethod("rpc_modules", 0) { _, _ in
                .members([
                    "debug": "1.0", "eth": "1.0", "net": "1.0", "rpc": "1.0", "txpool": "1.0",
                    "web3": "1.0",
                ])
            },
        ]
    }
}
