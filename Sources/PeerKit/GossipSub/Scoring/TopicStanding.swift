/// What a peer has done in one topic: the counters of P1 to P4.
struct TopicStanding: Sendable {
    /// Whether the peer is in the mesh, and since when.
    enum Mesh: Sendable {
        case outside
        /// `duration` as of the last decay; deliveries are expected after the activation.
        case inside(since: Instant, duration: Duration, isDeliveryExpected: Bool)
    }

    private(set) var mesh = Mesh.outside
    private(set) var firstDeliveries = 0.0
    private(set) var meshDeliveries = 0.0
    private(set) var meshFailures = 0.0
    private(set) var invalidMessages = 0.0

    var isInMesh: Bool { if case .inside = mesh { true } else { false } }

    /// Whether there is anything that decay would not do in one step.
    var hasPenalty: Bool { meshFailures > 0 || invalidMessages > 0 }

    // MARK: Events

    mutating func graft(at now: Instant) {
        mesh = .inside(since: now, duration: .zero, isDeliveryExpected: false)
    }

    /// Leaving the mesh with a deficit leaves a penalty behind (P3b).
    mutating func prune(_ parameters: TopicScoreParameters) {
        let deficit = deficit(parameters)
        meshFailures += deficit * deficit
        mesh = .outside
    }

    mutating func deliveredFirst(_ parameters: TopicScoreParameters) {
        firstDeliveries = min(firstDeliveries + 1, parameters.firstMessageDeliveriesCap)
        delivered(parameters)
    }

    /// A delivery in time, the first or not; only those of mesh peers count.
    mutating func delivered(_ parameters: TopicScoreParameters) {
        guard isInMesh else { return }
        meshDeliveries = min(meshDeliveries + 1, parameters.meshMessageDeliveriesCap)
    }

    mutating func deliveredInvalid() { invalidMessages += 1 }

    /// The connection is gone: what was earned is lost, what was done wrong is not.
    mutating func disconnect(_ parameters: TopicScoreParameters) {
        firstDeliveries = 0
        prune(parameters)
    }

    /// Holds the counters to caps that may have been lowered.
    mutating func applyCaps(_ parameters: TopicScoreParameters) {
        firstDeliveries = min(firstDeliveries, parameters.firstMessageDeliveriesCap)
        meshDeliveries = min(meshDeliveries, parameters.meshMessageDeliveriesCap)
    }

    /// Time passes: `intervals` decays.
    mutating func decay(
        _ parameters: TopicScoreParameters, intervals: Int, toZero: Double, at now: Instant
    ) {
        firstDeliveries.decay(by: parameters.firstMessageDeliveriesDecay, intervals, toZero)
        meshDeliveries.decay(by: parameters.meshMessageDeliveriesDecay, intervals, toZero)
        meshFailures.decay(by: parameters.meshFailurePenaltyDecay, intervals, toZero)
        invalidMessages.decay(by: parameters.invalidMessageDeliveriesDecay, intervals, toZero)
        if case .inside(let since, _, let isExpected) = mesh {
            let duration = since.duration(to: now)
            mesh = .inside(
                since: since, duration: duration,
                isDeliveryExpected: isExpected
                    || duration > parameters.meshMessageDeliveriesActivation)
        }
    }

    // MARK: Score

    /// What is missing to the expected deliveries; 0 where none are expected.
    private func deficit(_ parameters: TopicScoreParameters) -> Double {
        guard case .inside(_, _, true) = mesh else { return 0 }
        return max(0, parameters.meshMessageDeliveriesThreshold - meshDeliveries)
    }

    /// The five parts and their sum with the topic's weight (gossipsub-v1.1, "Score Function").
    func snapshot(_ parameters: TopicScoreParameters, topic: String) -> PeerScoreSnapshot.Topic {
        var snapshot = PeerScoreSnapshot.Topic(topic: topic)
        if case .inside(_, let duration, let isExpected) = mesh {
            snapshot.isInMesh = true
            snapshot.secondsInMesh = duration.seconds
            snapshot.isDeliveryExpected = isExpected
        }
        snapshot.firstMessageDeliveries = firstDeliveries
        snapshot.meshMessageDeliveries = meshDeliveries
        snapshot.meshFailures = meshFailures
        snapshot.invalidMessages = invalidMessages
        let parts = parts(parameters)
        snapshot.timeInMeshPart = parts.timeInMesh
        snapshot.firstMessageDeliveriesPart = parts.firstDeliveries
        snapshot.meshMessageDeliveriesPart = parts.meshDeliveries
        snapshot.meshFailurePart = parts.meshFailures
        snapshot.invalidMessagesPart = parts.invalidMessages
        snapshot.total = parts.sum * parameters.topicWeight
        return snapshot
    }

    /// The sum alone.
    func score(_ parameters: TopicScoreParameters) -> Double {
        parts(parameters).sum * parameters.topicWeight
    }

    private struct Parts {
        var timeInMesh = 0.0, firstDeliveries = 0.0, meshDeliveries = 0.0
        var meshFailures = 0.0, invalidMessages = 0.0

        var sum: Double {
            timeInMesh + firstDeliveries + meshDeliveries + meshFailures + invalidMessages
        }
    }

    private func parts(_ parameters: TopicScoreParameters) -> Parts {
        var parts = Parts()
        if case .inside(_, let duration, _) = mesh, parameters.timeInMeshWeight != 0 {
            let quanta = (duration / parameters.timeInMeshQuantum).rounded(.down)
            parts.timeInMesh =
                min(quanta, parameters.timeInMeshCap) * parameters.timeInMeshWeight
        }
        parts.firstDeliveries = firstDeliveries * parameters.firstMessageDeliveriesWeight
        let deficit = deficit(parameters)
        parts.meshDeliveries = deficit * deficit * parameters.meshMessageDeliveriesWeight
        parts.meshFailures = meshFailures * parameters.meshFailurePenaltyWeight
        parts.invalidMessages =
            invalidMessages * invalidMessages * parameters.invalidMessageDeliveriesWeight
        return parts
    }
}

extension Double {
    /// Shrinks a counter by `factor`, `intervals` times; what falls below `toZero` is 0.
    mutating func decay(by factor: Double, _ intervals: Int, _ toZero: Double) {
        guard self != 0 else { return }
        // By squaring: after a long sleep there are many intervals.
        var power = factor
        var left = intervals
        while left > 0 {
            if left & 1 == 1 { self *= power }
            power *= power
            left >>= 1
        }
        if self < toZero { self = 0 }
    }
}
