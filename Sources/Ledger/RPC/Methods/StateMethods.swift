/// Accounts and their storage.
package struct StateMethods: RPCArea {
    let backend: any LedgerBackend
    let pool: Mempool
    let limits: RPCLimits

    package init(backend: any LedgerBackend, pool: Mempool, limits: RPCLimits) {
        self.backend = backend
        self.pool = pool
        self.limits = limits
    }

    package var methods: [RPCMethod] {
        [
            RPCMethod("eth_getBalance", 2) { parameters, _ in
                let address = try parameters.address(0)
                var state = try await backend.state(at: try parameters.block(1))
                return .quantity(state.account(address)?.balance ?? .zero)
            },
            RPCMethod("eth_getTransactionCount", 2) { parameters, _ in
                let (address, id) = (try parameters.address(0), try parameters.block(1))
                if id == .pending, let next = await pool.nextNonce(of: address) {
                    return .quantity(next)
                }
                var state = try await backend.state(at: id)
                return .quantity(state.account(address)?.nonce ?? 0)
            },
            RPCMethod("eth_getCode", 2) { parameters, _ in
                let address = try parameters.address(0)
                var state = try await backend.state(at: try parameters.block(1))
                guard let account = state.account(address) else { return "0x" }
                return .data(state.code(account.codeHash).bytes)
            },
            RPCMethod("eth_getStorageAt", 3) { parameters, _ in
                let (address, slot) = (try parameters.address(0), try parameters.slot(1))
                var state = try await backend.state(at: try parameters.block(2))
                return .word(state.storage(slot, of: address))
            },
            RPCMethod("eth_getStorageValues", 2) { parameters, _ in
                try await storageValues(parameters)
            },
            RPCMethod("eth_getProof", 3) { parameters, _ in try await proof(parameters) },
        ]
    }

    private func storageValues(_ parameters: RPCParameters) async throws -> JSONValue {
        let wanted = try parameters.object(0).members
        guard !wanted.isEmpty else { throw RPCError.parameters("empty request") }
        var state = try await backend.state(at: try parameters.block(1))
        var count = 0
        var answer = JSONObject()
        for member in wanted {
            let address = try RPCField("0", .string(member.name)).address()
            guard let keys = member.value.elements else {
                throw RPCError.parameters("invalid argument 0: expected an array of slots")
            }
            count += keys.count
            guard count <= limits.maximumProofSlots else {
                throw RPCError.parameters("too many slots: at most \(limits.maximumProofSlots)")
            }
            var values: [JSONValue] = []
            for key in keys {
                values.append(.word(state.storage(try RPCField("0", key).slot(), of: address)))
            }
            answer.append(member.name, .array(values))
        }
        return .object(answer)
    }

    /// EIP-1186.
    private func proof(_ parameters: RPCParameters) async throws -> JSONValue {
        let address = try parameters.address(0)
        guard let keys = try parameters.required(1).elements else {
            throw RPCError.parameters("invalid argument 1: expected an array of slots")
        }
        guard keys.count <= limits.maximumProofSlots else {
            throw RPCError.parameters("too many keys (max \(limits.maximumProofSlots))")
        }
        let slots = try keys.map { try RPCField("1", $0).slot() }
        let proof = try await backend.proof(
            of: address, slots: slots, at: try parameters.block(2))
        return .members([
            "address": .data(address), "accountProof": .array(proof.proof.map { .data($0) }),
            "balance": .quantity(proof.account.balance),
            "codeHash": .data(proof.account.codeHash), "nonce": .quantity(proof.account.nonce),
            "storageHash": .data(proof.storageRoot),
            "storageProof": .array(
                zip(keys, proof.slots).map { key, slot in
                    .members([
                        "key": Self.echo(key, slot.key), "value": .quantity(slot.value),
                        "proof": .array(slot.proof.map { .data($0) }),
                    ])
                }),
        ])
    }

    /// The key in the form in which it was asked for: 32 bytes of data, or a quantity.
    private static func echo(_ key: JSONValue, _ slot: UInt256) -> JSONValue {
        key.text?.utf8.count == 66 ? .word(slot) : .quantity(slot)
    }
}
