import Ledger
import PeerKit

/// What a development chain is to be like.
struct DevSettings: Sendable {
    /// The words of anvil and Hardhat, so that their accounts are here too.
    static let standardMnemonic =
        "test test test test test test test test test test test junk"
    /// More are no use to people, and each costs a derivation.
    static let accountCounts = 1...1000
    static let blockTimes = 1...86_400
    static let ports = 0...65_535

    var chainID: UInt64
    var fork: Fork
    var mnemonic: Mnemonic
    var phrase: String
    var accountCount: Int
    /// Wei of each account.
    var balance: UInt256
    /// Between blocks; `nil`: a block for each transaction.
    var blockTime: Duration?
    var endpoint: NodeSettings.HTTPEndpoint
    /// Where `/metrics` is; `nil` for nowhere, so that chains side by side need no ports for it.
    var metrics: NodeSettings.HTTPEndpoint?
    var isEphemeral: Bool

    init(_ options: DevOptions, instance: Int) throws(CommandError) {
        chainID = options.chainID ?? 31_337
        // Above this EIP-155's v leaves 64 bits, which many clients cannot read.
        guard (1...(UInt64.max / 2 - 36)).contains(chainID) else {
            throw CommandError(.usage, "--chain-id must be above 0 and below 2^63 - 36")
        }
        fork = options.fork ?? .prague
        phrase = options.mnemonic ?? Self.standardMnemonic
        do throws(MnemonicError) {
            mnemonic = try Mnemonic(phrase: phrase)
        } catch {
            throw CommandError(.usage, "--mnemonic: \(error)")
        }
        accountCount = options.accounts ?? 10
        try Self.check("--accounts", options.accounts, Self.accountCounts)
        guard let balance = Coins.wei(options.balance ?? "10000"),
            balance.multipliedExactly(by: UInt256(count: Self.accountCounts.upperBound)) != nil
        else {
            throw CommandError(
                .usage, "--balance is \"\(options.balance ?? "")\"; expected an amount of PSIC",
                hint: "for example --balance 10000 or --balance 0.5")
        }
        self.balance = balance
        try Self.check("--block-time", options.blockTime, Self.blockTimes)
        blockTime = options.blockTime.map { .seconds($0) }
        try Self.check("--rpc-port", options.rpcPort, Self.ports)
        let text = options.rpcAddress ?? "127.0.0.1"
        guard let address = try? IPAddress(text) else {
            throw CommandError(.usage, "--rpc-address is \"\(text)\"; expected an IP address")
        }
        let port = options.rpcPort ?? DefaultPort.shifted(DefaultPort.rpc, by: instance)
        endpoint = NodeSettings.HTTPEndpoint(address: address, port: UInt16(port))
        try Self.check("--metrics-port", options.metricsPort, Self.ports)
        if let port = options.metricsPort, let loopback = try? IPAddress("127.0.0.1") {
            metrics = NodeSettings.HTTPEndpoint(address: loopback, port: UInt16(port))
        }
        isEphemeral = options.ephemeral
    }

    private static func check(
        _ name: String, _ value: Int?, _ range: ClosedRange<Int>
    ) throws(CommandError) {
        guard let value, !range.contains(value) else { return }
        throw CommandError(
            .usage, "\(name) is \(value); expected \(range.lowerBound) to \(range.upperBound)")
    }

    /// The keys of the accounts, in order.
    func keys() throws(CommandError) -> [Secp256k1PrivateKey] {
        var keys: [Secp256k1PrivateKey] = []
        for index in 0..<UInt32(accountCount) {
            do throws(ExtendedKeyError) {
                keys.append(try mnemonic.account(index))
            } catch {
                throw CommandError(.failure, "account \(index) of --mnemonic: \(error)")
            }
        }
        return keys
    }

    /// What the chain starts from: the same for the same settings, so that a chain can go on.
    func genesis(_ keys: [Secp256k1PrivateKey]) -> Genesis {
        var genesis = Genesis(chainID: chainID)
        genesis.nativeContracts = NativeContracts.known.map(\.name)
        if fork >= .prague { genesis.forks = ForkSchedule(pragueTime: 0) }
        for key in keys {
            genesis.allocations[key.address] = Genesis.Allocation(balance: balance)
        }
        return genesis
    }
}

/// Amounts as people write them: coins with up to 18 decimals.
enum Coins {
    /// Wei of an amount such as `10000` or `0.5`; `nil` for anything else.
    static func wei(_ text: String) -> UInt256? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? parts[1] : ""
        guard fraction.count <= 18, parts.count == 1 || !fraction.isEmpty else { return nil }
        let digits = fraction + String(repeating: "0", count: 18 - fraction.count)
        guard let whole = UInt256(decimal: parts[0]), let rest = UInt256(decimal: digits) else {
            return nil
        }
        return whole.multipliedExactly(by: SupplyRules.coin)?.addedExactly(rest)
    }

    /// An amount without zeros at its end.
    static func text(_ wei: UInt256) -> String {
        let (whole, rest) = wei.dividedBy(SupplyRules.coin)
        if rest.isZero { return whole.description }
        var digits = rest.description
        digits = String(repeating: "0", count: 18 - digits.count) + digits
        while digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)"
    }
}
