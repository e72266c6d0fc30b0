/// What a member computes for a task: its own training, what it sends of that, and what all members do
/// with a round's updates.
struct TrainingPlan: Sendable {
    /// The member's training; changes with every round that it trains.
    var training: any TrainingTask
    /// What the member sends; changes with every round.
    var sender: UpdateSender
    let server: ServerPart
    let compression: UpdateCompression
    let seed: UInt64
    let member: Int
    /// What every member begins with.
    let initialParameters: [Float]

    /// The plan of one member of `task`.
    ///
    /// - Parameter own: The member's own training, for tasks with a model of the members' own.
    init(task: FederationTask, member: Int, own: (any TrainingTask)?) throws {
        server = try task.serverPart
        if let own {
            training = own
        } else if task.model == .custom {
            throw FederationError.needsTraining(task: task.name)
        } else {
            training = try DigitsTraining.make(task, member: member)
        }
        seed = task.seed
        self.member = member
        compression = task.compression
        sender = UpdateSender(
            compression: task.compression, seed: task.seed, layout: training.layout)
        initialParameters = training.initialParameters(seed: task.seed).values
        guard initialParameters.count <= RoundLimits.maximumParameters else {
            throw FederationError.tooManyParameters(
                initialParameters.count, limit: RoundLimits.maximumParameters)
        }
    }

    var parameterCount: Int { initialParameters.count }

    /// Bytes of the longest message of a round.
    var maximumMessageBytes: Int {
        RoundLimits.maximumMessageBytes(
            parameterCount: parameterCount,
            memoryBytes: ServerMemory.maximumBytes(parameterCount: parameterCount))
    }

    /// One round's training. The same round, parameters and state give the same bits again, so that a
    /// member that was restarted repeats its own update.
    mutating func train(
        round: Int, from parameters: [Float], isCancelled: @escaping @Sendable () -> Bool
    ) throws -> RoundUpdate {
        var mixer = SeededGenerator(seed: seed)
        let roundSeed =
            mixer.next() &+ UInt64(round) &* 0x9e37_79b9_7f4a_7c15
            &+ UInt64(member) &* 0xbf58_476d_1ce4_e5b9
        let result = try training.train(
            from: ModelParameters(layout: training.layout, values: parameters), round: round,
            seed: roundSeed, isCancelled: isCancelled)
        guard result.delta.count == parameters.count else {
            throw FederationError.wrongUpdate(
                found: result.delta.count, expected: parameters.count)
        }
        let bytes = try sender.compress(result.delta, round: round, member: member)
        return RoundUpdate(
            round: round, member: member, exampleCount: result.exampleCount,
            meanLoss: result.meanLoss, change: bytes.map { .compressed($0) } ?? .dense(result.delta)
        )
    }

    /// The end of a round, the same bits at every member.
    ///
    /// - Throws: ``WireError`` when the model's memory is none of this task.
    func complete(
        round: Int, _ updates: [RoundUpdate], from model: SharedModel
    ) throws(WireError) -> RoundOutcome {
        var contributions: [Contribution] = []
        for update in updates {
            contributions.append(
                Contribution(
                    member: update.member, exampleCount: update.exampleCount,
                    values: try update.values(dimension: parameterCount)))
        }
        return try server.complete(round: round, contributions, from: model)
    }
}
