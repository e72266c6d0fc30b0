/// Which rules the chain has, now and next (EIP-7910).
package struct ConfigurationMethods: RPCArea {
    let backend: any LedgerBackend

    package init(backend: any LedgerBackend) { self.backend = backend }

    package var methods: [RPCMethod] {
        [
            RPCMethod("eth_config", 0) { _, _ in
                guard let genesis = try await backend.block(.earliest) else {
                    throw RPCError.headerNotFound
                }
                let head = try await backend.headBlock()
                return Self.configuration(backend.rules, genesis, at: head.header.timestamp)
            }
        ]
    }

    private static func configuration(
        _ rules: ChainRules, _ genesis: Block, at time: UInt64
    ) -> JSONValue {
        // A time at or before the genesis is the genesis' own.
        let prague = rules.forks.pragueTime.map { $0 <= genesis.header.timestamp ? 0 : $0 }
        let times = [0] + (prague.map { $0 == 0 ? [] : [$0] } ?? [])
        let current = times.lastIndex { $0 <= time } ?? 0
        func shown(_ index: Int) -> JSONValue {
            configuration(
                of: rules.forks.fork(at: max(times[index], genesis.header.timestamp)).rules,
                from: times[index], chainID: rules.chainID,
                forkID: forkID(genesis.hash, times.prefix(index + 1).dropFirst()))
        }
        let hasNext = current + 1 < times.count
        return .members([
            "current": shown(current), "next": hasNext ? shown(current + 1) : .null,
            "last": hasNext ? shown(times.count - 1) : .null,
        ])
    }

    private static func configuration(
        of rules: ForkRules, from time: UInt64, chainID: UInt64, forkID: UInt32
    ) -> JSONValue {
        var precompiles = JSONObject()
        for (index, name) in names.prefix(Int(rules.lastPrecompile)).enumerated()
            .sorted(by: { $0.element < $1.element })
        {
            precompiles.append(
                name, .data(Address(truncating: UInt256(UInt64(index + 1)))))
        }
        var contracts = JSONObject()
        contracts.append("BEACON_ROOTS_ADDRESS", .data(SystemContract.beaconRoots))
        if rules.fork >= .prague {
            contracts.append(
                "CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS", .data(SystemContract.consolidations))
            contracts.append("HISTORY_STORAGE_ADDRESS", .data(SystemContract.history))
            contracts.append(
                "WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS", .data(SystemContract.withdrawals))
        }
        let identifier = (0..<4).map { UInt8(truncatingIfNeeded: forkID >> (24 - 8 * $0)) }
        return .members([
            "activationTime": .integer(time),
            "blobSchedule": .members([
                "baseFeeUpdateFraction": .integer(rules.blobBaseFeeUpdateFraction),
                "max": .integer(rules.maximumBlobs), "target": .integer(rules.targetBlobs),
            ]),
            "chainId": .quantity(chainID), "forkId": .data(identifier),
            "precompiles": .object(precompiles), "systemContracts": .object(contracts),
        ])
    }

    /// By address, from 1 on.
    private static let names = [
        "ECREC", "SHA256", "RIPEMD160", "ID", "MODEXP", "BN254_ADD", "BN254_MUL", "BN254_PAIRING",
        "BLAKE2F", "KZG_POINT_EVALUATION", "BLS12_G1ADD", "BLS12_G1MSM", "BLS12_G2ADD",
        "BLS12_G2MSM", "BLS12_PAIRING_CHECK", "BLS12_MAP_FP_TO_G1", "BLS12_MAP_FP2_TO_G2",
    ]

    /// EIP-2124 and 6122: a checksum of the genesis' hash and the forks after it.
    private static func forkID(_ genesis: Hash32, _ times: ArraySlice<UInt64>) -> UInt32 {
        var bytes = genesis.bytes
        for time in times {
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: time >> (56 - 8 * $0)) }
        }
        return CRC32.checksum(bytes)
    }
}

/// The checksum of IEEE 802.3, in its reflected form.
enum CRC32 {
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var sum = UInt32.max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
        }
        return ~sum
    }
}
