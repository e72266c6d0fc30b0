#if canImport(FoundationEssentials)
import FoundationEssentials
#endif

/// The file's shape. Numbers may be JSON numbers, decimal text, or hexadecimal text after `0x`, as
/// geth takes them; addresses may lack their `0x`.
private struct GenesisFile: Decodable {
    struct Allocation: Decodable {
        var balance: FlexibleNumber?
        var nonce: FlexibleNumber?
        var code: String?
        var storage: [String: String]?
    }

    struct Supply: Decodable {
        var cap: FlexibleNumber
        var reserve: FlexibleNumber
        var initialReward: FlexibleNumber
        var halvingInterval: FlexibleNumber
    }

    struct Validator: Decodable {
        var address: String
        var stake: FlexibleNumber
        var peer: String?
    }

    struct Psic: Decodable {
        /// `eip1559`, or the fixed base fee in wei.
        var feePolicy: String?
        var supply: Supply?
        var validators: [Validator]?
        var nativeContracts: [String]?
    }

    struct Config: Decodable {
        var chainId: FlexibleNumber?
        var terminalTotalDifficulty: Anything?
        var shanghaiTime: FlexibleNumber?
        var cancunTime: FlexibleNumber?
        var pragueTime: FlexibleNumber?
        var psic: Psic?
    }

    var config: Config?
    var nonce: FlexibleNumber?
    var timestamp: FlexibleNumber?
    var extraData: String?
    var gasLimit: FlexibleNumber?
    var difficulty: FlexibleNumber?
    var mixHash: String?
    var coinbase: String?
    var parentHash: String?
    var baseFeePerGas: FlexibleNumber?
    var excessBlobGas: FlexibleNumber?
    var blobGasUsed: FlexibleNumber?
    var alloc: [String: Allocation]
}

/// Read as anything: chains that began with mining have numbers beyond 64 bits there, which mean
/// nothing here.
private struct Anything: Decodable {
    init(from decoder: any Decoder) throws {}
}

/// A number in any of the forms that genesis files have.
private struct FlexibleNumber: Decodable {
    var value: UInt256

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(UInt64.self) {
            value = UInt256(number)
            return
        }
        let text = try container.decode(String.self)
        let parsed =
            text.hasPrefix("0x") ? UInt256(hexadecimal: text) : UInt256(decimal: text)
        guard let parsed else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a number of 256 bits: \(text.prefix(80))")
        }
        value = parsed
    }
}

extension Genesis {
    /// Reads a genesis file.
    public init(json bytes: some Sequence<UInt8>) throws(GenesisError) {
        let file: GenesisFile
        do {
            file = try JSONDecoder().decode(GenesisFile.self, from: Data(bytes))
        } catch let DecodingError.dataCorrupted(context) {
            throw .malformed("\(Self.path(context)): \(context.debugDescription)")
        } catch let DecodingError.keyNotFound(key, context) {
            throw .malformed("\(Self.path(context)): \(key.stringValue) is missing")
        } catch let DecodingError.typeMismatch(_, context) {
            throw .malformed("\(Self.path(context)): \(context.debugDescription)")
        } catch let DecodingError.valueNotFound(_, context) {
            throw .malformed("\(Self.path(context)): \(context.debugDescription)")
        } catch {
            throw .malformed("\(error)")
        }
        self.init(chainID: try Self.small(file.config?.chainId, "config.chainId") ?? 1)
        try read(file)
        try read(file.config)
        try readAllocations(file.alloc)
    }

    private static func path(_ context: DecodingError.Context) -> String {
        context.codingPath.isEmpty
            ? "the file" : context.codingPath.map(\.stringValue).joined(separator: ".")
    }

    private static func small(
        _ number: FlexibleNumber?, _ field: String
    ) throws(GenesisError) -> UInt64? {
        guard let number else { return nil }
        guard let small = number.value.asUInt64 else { throw .field(field, "more than 64 bits") }
        return small
    }

    private static func hash(_ text: String?, _ field: String) throws(GenesisError) -> Hash32 {
        guard let text else { return .zero }
        guard let hash = Hash32(text) else { throw .field(field, "not 32 bytes: \(text)") }
        return hash
    }

    private static func address(_ text: String, _ field: String) throws(GenesisError) -> Address {
        guard let address = Address(text) else {
            throw .field(field, "not an address, or its checksum is wrong: \(text)")
        }
        return address
    }

    private static func bytes(_ text: String?, _ field: String) throws(GenesisError) -> [UInt8] {
        guard let bytes = Hexadecimal.bytes(text ?? "") else {
            throw .field(field, "not hexadecimal bytes")
        }
        return bytes
    }

    private mutating func read(_ file: GenesisFile) throws(GenesisError) {
        timestamp = try Self.small(file.timestamp, "timestamp") ?? 0
        gasLimit = try Self.small(file.gasLimit, "gasLimit") ?? gasLimit
        nonce = try Self.small(file.nonce, "nonce") ?? 0
        difficulty = file.difficulty?.value ?? .zero
        extraData = try Self.bytes(file.extraData, "extraData")
        prevRandao = try Self.hash(file.mixHash, "mixHash")
        parentHash = try Self.hash(file.parentHash, "parentHash")
        if let coinbase = file.coinbase { beneficiary = try Self.address(coinbase, "coinbase") }
        baseFeePerGas = file.baseFeePerGas?.value
        excessBlobGas = try Self.small(file.excessBlobGas, "excessBlobGas") ?? 0
        blobGasUsed = try Self.small(file.blobGasUsed, "blobGasUsed") ?? 0
    }

    private mutating func read(_ config: GenesisFile.Config?) throws(GenesisError) {
        forks.pragueTime = try Self.small(config?.pragueTime, "config.pragueTime")
        let cancun = try Self.small(config?.cancunTime, "config.cancunTime")
        isCancun = cancun.map { $0 <= timestamp } ?? false
        // A file without our part is another chain's, which has the formula.
        guard let psic = config?.psic else {
            feePolicy = .eip1559
            return
        }
        if let policy = psic.feePolicy {
            let fee =
                policy.hasPrefix("0x") ? UInt256(hexadecimal: policy) : UInt256(decimal: policy)
            if policy == "eip1559" {
                feePolicy = .eip1559
            } else if let fee {
                feePolicy = .fixed(fee)
            } else {
                throw .field("config.psic.feePolicy", "neither eip1559 nor a number: \(policy)")
            }
        }
        if let supply = psic.supply {
            self.supply = SupplyRules(
                cap: supply.cap.value, reserve: supply.reserve.value,
                initialReward: supply.initialReward.value,
                halvingInterval: try Self.small(
                    supply.halvingInterval, "config.psic.supply.halvingInterval") ?? 0)
        }
        for validator in psic.validators ?? [] {
            validators.append(
                Validator(
                    address: try Self.address(
                        validator.address, "config.psic.validators"),
                    stake: validator.stake.value, peer: validator.peer ?? ""))
        }
        nativeContracts = psic.nativeContracts ?? []
    }

    private mutating func readAllocations(
        _ accounts: [String: GenesisFile.Allocation]
    ) throws(GenesisError) {
        guard accounts.count <= ChainLimits.genesisAccounts else {
            throw .tooManyAccounts(accounts.count)
        }
        for (text, account) in accounts {
            let address = try Self.address(text, "alloc")
            var allocation = Allocation()
            allocation.balance = account.balance?.value ?? .zero
            allocation.nonce = try Self.small(account.nonce, "alloc.\(text).nonce") ?? 0
            allocation.code = try Self.bytes(account.code, "alloc.\(text).code")
            for (key, value) in account.storage ?? [:] {
                guard let key = UInt256(hexadecimal: key), let value = UInt256(hexadecimal: value)
                else { throw .field("alloc.\(text).storage", "not a word: \(key)") }
                allocation.storage[key] = value
            }
            guard allocations.updateValue(allocation, forKey: address) == nil else {
                throw .field("alloc", "\(address) is there twice")
            }
        }
    }
}
