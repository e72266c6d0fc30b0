import PeerKit

extension FederatedLearning {
    private static let table: StoreTable = "fedlearn"

    private func key(_ name: String) -> [UInt8] { task.id.bytes + Array(name.utf8) }

    func put(_ value: [UInt8], _ name: String) async throws {
        var batch = WriteBatch()
        batch.put(value, for: key(name), in: Self.table)
        try await store?.commit(batch)
    }

    /// Keeps a model, and what this member owes of its updates, in one transaction.
    func save(_ model: ModelState) async throws {
        var batch = WriteBatch()
        batch.put(RoundCodec.encode(model), for: key("model"), in: Self.table)
        if var plan, task.compression.hasErrorFeedback, let last = model.history.last {
            plan.sender.conclude(round: last.round, counted: last.counted.contains(plan.member))
            self.plan = plan
            batch.put(
                OwedUpdate(completed: model.completed, residual: plan.sender.owed.residual).encoded,
                for: key("owed"), in: Self.table)
        }
        try await store?.commit(batch)
    }

    func restore(_ node: PeerNode) async throws {
        guard var plan, let me = task.members.firstIndex(of: node.peerID.description) else {
            throw FederationError.notAMember(node.peerID.description, task: task.name)
        }
        let store = try await node.runtime.storage.openStore(storeName)
        self.store = store
        var model = ModelState(completed: 0, parameters: plan.initialParameters, history: [])
        if let saved = try await store.value(for: key("model"), in: Self.table) {
            guard let state = try? RoundCodec.decodeModel(saved),
                state.parameters.count == model.parameters.count, state.completed <= task.rounds,
                plan.server.accepts(state.shared)
            else { throw FederationError.corruptState(task: task.name) }
            model = state
        }
        if let saved = try await store.value(for: key("owed"), in: Self.table) {
            guard let owed = try? OwedUpdate(decoding: saved, dimension: plan.parameterCount),
                owed.completed != model.completed || plan.sender.resume(owing: owed.residual)
            else { throw FederationError.corruptState(task: task.name) }
            self.plan = plan
        }
        initialHash = ModelParameters.hash(of: plan.initialParameters)
        var promised: RoundState?
        if let saved = try await store.value(for: key("round"), in: Self.table) {
            guard let state = try? RoundCodec.decodeState(saved) else {
                throw FederationError.corruptState(task: task.name)
            }
            promised = state
        }
        machine = FederationMachine(
            memberCount: task.members.count, me: me, rounds: task.rounds, timeouts: task.timeouts,
            model: model, restored: promised, compression: task.compression, seed: task.seed)
        summaries = model.history.map { summary($0) }
    }
}
