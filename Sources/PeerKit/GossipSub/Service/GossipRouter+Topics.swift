/// What the application asks for.
extension GossipRouter {
    func subscribe(
        _ topic: String, validator: (any TopicValidator)?
    ) throws(GossipSubError) -> TopicSubscription {
        guard !isStopped else { throw .notRunning }
        let settings = configuration.topics[topic]
        try machine.join(topic, messageID: settings?.messageID, at: now, using: &generator)
        defer { perform() }
        guard let channel = machine.topics[topic] else { throw .notRunning }
        let count = channel.assumeIsolated { $0.subscriberCount }
        guard count < limits.maximumSubscribers else {
            throw .limit("maximumSubscribers", value: limits.maximumSubscribers)
        }
        let id = nextNumber()
        let buffer = SubscriptionBuffer(limits: limits)
        channel.assumeIsolated { $0.add(buffer, id, validator: validator) }
        return TopicSubscription(topic: topic, buffer: buffer) { [weak self, executor] in
            executor.execute { [weak self] in self?.assumeIsolated { $0.cancelled(topic, id) } }
        }
    }

    private func cancelled(_ topic: String, _ id: UInt64) {
        guard let channel = machine.topics[topic],
            channel.assumeIsolated({ $0.removeSubscriber(id) })
        else { return }
        unsubscribe(topic)
    }

    func unsubscribe(_ topic: String) {
        guard let channel = machine.topics[topic] else { return }
        endedDeliveriesDropped += channel.assumeIsolated { channel in
            channel.finish()
            return channel.takeDeliveriesDropped()
        }
        machine.leave(topic, at: now, using: &generator)
        perform()
    }

    func publish(_ data: [UInt8], to topic: String) async throws -> MessageID {
        guard !isStopped else { throw GossipSubError.notRunning }
        let limit = limits.maximumRPCBytes
        guard data.count < limit else {
            throw GossipSubError.messageTooLong(byteCount: data.count, limit: limit)
        }
        var message = PubSubMessage(data: data, topic: topic)
        if configuration.signing == .strictSign {
            message.sequenceNumber = MessageSigning.sequenceNumber(nextSequenceNumber())
            try await MessageSigning.sign(&message, with: identity.signer)
        }
        var rpc = GossipRPC()
        rpc.messages = [message]
        let length = GossipSubCodec.encode(rpc).count
        guard length <= limit else {
            throw GossipSubError.messageTooLong(byteCount: length, limit: limit)
        }
        try await validateOwn(message)
        guard !isStopped else { throw GossipSubError.notRunning }
        let id = try machine.publish(message, at: now, using: &generator)
        perform()
        return id
    }

    /// What our own validator does not accept no peer would, and it would count against us.
    private func validateOwn(_ message: PubSubMessage) async throws(GossipSubError) {
        guard let validator = validator(of: message.topic) else { return }
        let function = machine.joined[message.topic] ?? machine.settings.messageID
        let verdict = await validator.validate(
            ReceivedMessage(
                id: function(message), topic: message.topic, data: message.data,
                from: message.from == nil ? nil : identity.peerID, receivedFrom: identity.peerID))
        guard verdict == .accept else { throw .refusedByValidator(verdict) }
    }

    private func validator(of topic: String) -> (any TopicValidator)? {
        machine.topics[topic]?.assumeIsolated { $0.validator }
    }

    // MARK: Views

    var joinedTopics: [String] { machine.joined.keys.sorted() }

    func peers(in topic: String) -> [PeerID] {
        if let channel = machine.topics[topic] {
            return channel.assumeIsolated { $0.peers }.sorted()
        }
        return machine.peers.filter { $0.value.topics.contains(topic) }.keys.sorted()
    }

    func mesh(of topic: String) -> [PeerID] {
        machine.topics[topic]?.assumeIsolated { $0.mesh }.sorted() ?? []
    }

    func scores() -> [PeerScoreSnapshot] {
        machine.peers.keys.sorted().map { machine.scoring.explain($0) }
    }

    var currentStatistics: GossipSubStatistics {
        var statistics = machine.statistics
        statistics.framesDropped =
            endedLinksDropped + links.values.reduce(0) { $0 + $1.queue.droppedCount }
        statistics.deliveriesDropped = endedDeliveriesDropped
        for channel in machine.topics.channels.values {
            statistics.deliveriesDropped += channel.assumeIsolated { $0.deliveriesDropped }
        }
        return statistics
    }

    // MARK: Explicit peers

    func addExplicitPeer(_ peer: PeerID) throws(GossipSubError) {
        guard machine.explicitPeers.count < limits.maximumExplicitPeers else {
            throw .limit("maximumExplicitPeers", value: limits.maximumExplicitPeers)
        }
        machine.addExplicitPeer(peer, at: now, using: &generator)
        node?.protect(peer, because: "gossipsub")
        perform()
    }

    func removeExplicitPeer(_ peer: PeerID) {
        machine.explicitPeers.remove(peer)
        node?.unprotect(peer, because: "gossipsub")
    }
}
