extension FederationTask {
    private enum Key: String, CodingKey {
        case name, members, rounds, model, partition, seed, training
        case rule, maximumFaults, compression, server
        case collectMilliseconds, graceMilliseconds, formationMilliseconds, suspicionMilliseconds
        case pauseMilliseconds
    }

    /// Reads the fields; rule, faults, compression and server step may be missing, and are then the
    /// plain ones.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        func field<Value: Decodable>(_ key: Key) throws -> Value {
            try fields.decode(Value.self, forKey: key)
        }
        name = try field(.name)
        members = try field(.members)
        rounds = try field(.rounds)
        model = try field(.model)
        partition = try field(.partition)
        seed = try field(.seed)
        training = try field(.training)
        rule =
            try fields.decodeIfPresent(String.self, forKey: .rule) ?? RuleChoice.weightedMean.name
        maximumFaults = try fields.decodeIfPresent(Int.self, forKey: .maximumFaults) ?? 0
        compression =
            try fields.decodeIfPresent(UpdateCompression.self, forKey: .compression) ?? .none
        server = try fields.decodeIfPresent(ServerStepChoice.self, forKey: .server) ?? .plain
        collectMilliseconds = try field(.collectMilliseconds)
        graceMilliseconds = try field(.graceMilliseconds)
        formationMilliseconds = try field(.formationMilliseconds)
        suspicionMilliseconds = try field(.suspicionMilliseconds)
        pauseMilliseconds = try field(.pauseMilliseconds)
    }
}
