import Collections

/// libp2p's discovery by multicast DNS, without I/O.
///
/// A peer asks for `_p2p._udp.local`; every peer answers with a pointer to a name of its own and a
/// text record of that name with one `dnsaddr=` for each address. Nothing of it is signed, so an
/// address is believed only if it is the one that the datagram came from: a liar cannot send a LAN
/// to a third party.
///
/// Source: https://github.com/libp2p/specs/blob/master/discovery/mdns.md
///
/// Deviations: addresses of other machines than the sender are ignored.
struct MulticastDNSMachine: Sendable {
    /// A peer that has answered.
    struct Discovery: Hashable, Sendable {
        var peer: PeerID
        var addresses: [Multiaddr]
    }

    /// What a message calls for.
    struct Outcome: Hashable, Sendable {
        /// Somebody has asked, and an answer is due.
        var isAnswerDue = false
        var found: [Discovery] = []
    }

    /// What has happened so far.
    struct Statistics: Hashable, Sendable {
        var questions = 0
        var answers = 0
        var ignored = 0
        var malformed = 0
        var untrue = 0
    }

    static let service = DNSLabels("_p2p._udp.local")
    static let prefix = Array("dnsaddr=".utf8)
    /// How long an answer holds, in seconds.
    static let lifetime: UInt32 = 120

    private let localPeer: PeerID
    private let peerName: DNSLabels
    private let limits: MulticastDNSLimits
    private var sources: OrderedDictionary<IPAddress, TokenBucket> = [:]
    private var answers: TokenBucket
    private var pause = Duration.seconds(1)
    private(set) var statistics = Statistics()

    var sourceCount: Int { sources.count }

    /// - Parameter name: A label of this run's own, 32 to 63 letters and digits.
    init(localPeer: PeerID, name: [UInt8], limits: MulticastDNSLimits, now: Instant) {
        self.localPeer = localPeer
        self.limits = limits
        peerName = DNSLabels([Array(name.prefix(63))] + Self.service.labels)
        answers = TokenBucket(rate: limits.answersPerSecond, burst: 2, now: now)
    }

    /// The question for peers.
    func question() -> [UInt8] {
        DNSCodec.encode(
            DNSMessage(
                questions: [.init(name: Self.service, type: DNSMessage.Kind.pointer)]))
    }

    /// How long to wait before asking again: twice as long each time.
    ///
    /// - Parameter jitter: 0 ..< 1.
    mutating func nextPause(jitter: Double) -> Duration {
        defer { pause = min(pause * 2, limits.longestPause) }
        return pause * (0.75 + 0.5 * jitter)
    }

    /// The answer that tells where this peer listens; as many addresses as fit.
    func answer(_ addresses: [Multiaddr]) -> [UInt8] {
        var texts = addresses.map { Self.prefix + Array($0.withPeerID(localPeer).description.utf8) }
            .filter { $0.count <= 255 }.prefix(limits.maximumAddresses)
        while true {
            let bytes = DNSCodec.encode(
                DNSMessage(
                    isResponse: true,
                    records: [
                        .init(
                            name: Self.service, content: .pointer(peerName),
                            lifetime: Self.lifetime),
                        .init(
                            name: peerName, content: .texts(Array(texts)), lifetime: Self.lifetime),
                    ]))
            if bytes.count <= limits.maximumMessageBytes || texts.isEmpty { return bytes }
            texts = texts.dropLast()
        }
    }

    /// A datagram has come.
    mutating func receive(_ datagram: Datagram, at now: Instant) -> Outcome {
        guard takeToken(of: datagram.source.address, at: now) else {
            statistics.ignored += 1
            return Outcome()
        }
        let message: DNSMessage
        do throws(DNSError) {
            message = try DNSCodec.decode(datagram.payload, limits: limits)
        } catch {
            statistics.malformed += 1
            return Outcome()
        }
        var outcome = Outcome()
        if message.isResponse {
            outcome.found = found(in: message, from: datagram.source.address)
        } else {
            let isAsked = message.questions.contains { question in
                question.name == Self.service
                    && [DNSMessage.Kind.pointer, DNSMessage.Kind.any].contains(question.type)
            }
            if isAsked {
                statistics.questions += 1
                outcome.isAnswerDue = answers.take(at: now)
            }
        }
        return outcome
    }

    private mutating func found(in message: DNSMessage, from source: IPAddress) -> [Discovery] {
        var instances: [DNSLabels] = []
        for record in message.records where record.name == Self.service {
            if case .pointer(let name) = record.content { instances.append(name) }
        }
        var found: OrderedDictionary<PeerID, [Multiaddr]> = [:]
        for record in message.records where instances.contains(record.name) {
            guard case .texts(let texts) = record.content else { continue }
            for text in texts {
                guard let address = Self.address(in: text), let peer = address.peerID,
                    peer != localPeer
                else { continue }
                guard isCredible(address, from: source) else {
                    statistics.untrue += 1
                    continue
                }
                if found[peer, default: []].count < limits.maximumAddresses {
                    found[peer, default: []].append(address.withoutPeerID)
                }
            }
        }
        statistics.answers += found.count
        return found.map { Discovery(peer: $0.key, addresses: $0.value) }
    }

    private static func address(in text: [UInt8]) -> Multiaddr? {
        guard text.starts(with: prefix),
            let string = String(validating: text.dropFirst(prefix.count), as: UTF8.self)
        else { return nil }
        return try? Multiaddr(string)
    }

    private func isCredible(_ address: Multiaddr, from source: IPAddress) -> Bool {
        guard case (.ip(let ip), let port)? = address.tcpDialTarget, port != 0 else { return false }
        return ip == source || (ip.isLoopback && source.isLoopback)
    }

    private mutating func takeToken(of source: IPAddress, at now: Instant) -> Bool {
        // All nodes of this machine have one loopback address.
        let rate = limits.messagesPerSecondAndSource * (source.isLoopback ? 16 : 1)
        var bucket =
            sources.removeValue(forKey: source)
            ?? TokenBucket(rate: rate, burst: rate * 2, now: now)
        defer {
            sources[source] = bucket
            if sources.count > limits.maximumSources { sources.removeFirst() }
        }
        return bucket.take(at: now)
    }
}
