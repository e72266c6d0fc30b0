import FedLearn

/// `fl.status`: how far the training is.
struct AskFederation: ControlMethod, Equatable {
    static let name = "fl.status"
    typealias Answer = FederationStatus

    /// How many of the last rounds to include; none if absent.
    var history: Int?
}

/// `fl.watch`: the state of the training, again at every change, until it ends.
struct WatchFederation: ControlMethod, Equatable {
    static let name = "fl.watch"
    typealias Answer = FederationStatus
    typealias Event = FederationStatus

    /// How many of the last rounds to include; none if absent.
    var history: Int?
}

/// Training.
struct FederationMethods: ControlArea {
    let federation: FederatedLearning?
    var limits = ControlLimits()

    func register(in registry: inout ControlRegistry) {
        registry.answer(AskFederation.self) { method in
            try await training().status.trimmed(to: method.history ?? 0, limits)
        }
        registry.answer(WatchFederation.self) { method, emit in
            try await watch(method.history ?? 0, emit)
        }
    }

    private func training() throws(CommandError) -> FederatedLearning {
        guard let federation else {
            throw CommandError(
                .failure, "the node has no training task",
                hint: "run it with --task FILE; psic-node fl create makes one")
        }
        return federation
    }

    private func watch(
        _ history: Int, _ emit: @escaping @Sendable (FederationStatus) async throws -> Void
    ) async throws -> FederationStatus {
        let federation = try training()
        // Subscribed first: a change in between comes twice rather than never.
        let updates = federation.statusUpdates()
        let first = await federation.status.trimmed(to: history, limits)
        try await emit(first)
        if FederationPhase.isEnd(first.phase) { return first }
        for await status in updates {
            try await emit(status.trimmed(to: history, limits))
            if FederationPhase.isEnd(status.phase) { break }
        }
        return await federation.status.trimmed(to: history, limits)
    }
}

/// The names of a federation's phases.
enum FederationPhase {
    static let finished = "finished"
    static let failed = "failed"

    /// Whether nothing follows.
    static func isEnd(_ phase: String) -> Bool { phase == finished || phase == failed }
}

extension FederationStatus {
    /// With the last `count` rounds of its history only.
    func trimmed(to count: Int, _ limits: ControlLimits) -> FederationStatus {
        var status = self
        status.history = Array(history.suffix(min(max(0, count), limits.maximumHistory)))
        return status
    }
}
