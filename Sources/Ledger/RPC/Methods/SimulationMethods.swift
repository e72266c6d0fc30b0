import PeerKit

/// Blocks that might be.
package struct SimulationMethods: RPCArea {
    let backend: any LedgerBackend
    let calls: CallMethods
    let limits: RPCLimits

    package init(backend: any LedgerBackend, calls: CallMethods, limits: RPCLimits) {
        self.backend = backend
        self.calls = calls
        self.limits = limits
    }

    package var methods: [RPCMethod] {
        [
            RPCMethod("eth_simulateV1", 2) { parameters, _ in
                let request = try RPCField("0", try parameters.required(0))
                    .simulation(limits: limits)
                guard let block = try await backend.block(try parameters.block(1)) else {
                    throw RPCError.headerNotFound
                }
                // By its hash, so that a head that comes in between changes nothing.
                let id = BlockID.hash(block.hash)
                let state = try await backend.state(at: id)
                let roots = try await backend.stateRoots(at: id)
                let (rules, limits) = (backend.rules, limits)
                return try await calls.run { deadline in
                    var simulation = BlockSimulation(
                        request, rules: rules, on: state, after: block.header,
                        budget: limits.callGas, root: roots)
                    let shown = try simulation.run(
                        limit: limits.maximumSimulatedBlocks, deadline: deadline)
                    try CallMethods.check(state)
                    return shown
                }
            }
        ]
    }
}
