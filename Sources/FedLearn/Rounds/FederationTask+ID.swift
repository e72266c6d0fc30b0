extension FederationTask {
    /// SHA-256 of the canonical encoding: equal exactly for equal tasks, on every machine.
    public var id: ContentHash { ContentHash(hashing: canonicalEncoding) }

    /// A domain string, then every field in order of declaration: integers as little-endian `UInt64`,
    /// the learning rate as its bit pattern, texts with their length in front. Rule, compression and
    /// server step stand at the end under their names, and only where they are not the plain ones, so
    /// that a task without them keeps the ID that it had before there were any.
    ///
    /// Not the JSON, whose layout and number format belong to the JSON library.
    var canonicalEncoding: [UInt8] {
        var bytes: [UInt8] = []
        func append(_ number: UInt64) {
            withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
        }
        func append(_ number: Int) { append(UInt64(bitPattern: Int64(number))) }
        func append(_ text: String) {
            append(text.utf8.count)
            bytes += Array(text.utf8)
        }
        append("psic federation task 1")
        append(name)
        append(members.count)
        for member in members { append(member) }
        append(rounds)
        append(model.rawValue)
        switch partition {
        case .iid: append("iid")
        case .dirichlet(let concentration):
            append("dirichlet")
            append(concentration.bitPattern)
        case .labels(let perMember):
            append("labels")
            append(perMember)
        }
        append(seed)
        append(UInt64(training.learningRate.bitPattern))
        append(training.batchSize)
        append(training.localEpochs)
        append(collectMilliseconds)
        append(graceMilliseconds)
        append(formationMilliseconds)
        append(suspicionMilliseconds)
        append(pauseMilliseconds)
        if rule != RuleChoice.weightedMean.name || maximumFaults != 0 {
            append("rule")
            append(rule)
            append(maximumFaults)
        }
        if compression != .none {
            append("compression")
            append(compression.description)
        }
        if server != .plain {
            append("server")
            append(server.rawValue)
        }
        return bytes
    }
}
