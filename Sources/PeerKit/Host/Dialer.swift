/// Makes outbound connections: resolves, connects, secures and has them admitted.
///
/// Several addresses are tried in the manner of RFC 8305 (Happy Eyeballs): each next one starts
/// when the one before has failed or ``stagger`` has passed; the first that stands wins.
struct Dialer: Sendable {
    /// RFC 8305 §8, "Connection Attempt Delay".
    static let stagger = Duration.milliseconds(250)
    /// Dials to private and loopback addresses need far less; go-libp2p allows 15 s.
    static let connectTimeout = Duration.seconds(10)

    let runtime: Runtime
    /// Attempts at the same time.
    let parallelism: Int
    let meters: NodeMeters
    /// Runs a channel, connected to the address that has a place, up to its admission by the host.
    let establish:
        @Sendable (any TransportChannel, IPAddress, PeerID?) async throws(ConnectionError)
            -> ConnectionInfo
    /// Takes a place for a dial, or says which limit refuses it.
    let begin: @Sendable (IPAddress) throws(ConnectionRefusal) -> Void
    /// Gives the place back after a failed connect.
    let abandon: @Sendable (IPAddress) -> Void

    /// Dials until one address yields a connection with `peer` (whoever answers, if `nil`).
    ///
    /// - Parameter onFailure: Is told of each address that fails, also if another one succeeds.
    @discardableResult
    func dial(
        _ addresses: [Multiaddr], expecting peer: PeerID?,
        onFailure: (@Sendable (HostError.DialFailure) -> Void)? = nil
    ) async throws(HostError) -> ConnectionInfo {
        var failures: [HostError.DialFailure] = []
        var remaining = addresses[...]
        let outcome: ConnectionInfo? = await withTaskGroup(of: Attempt.self) { group in
            var isWaitingForStagger = false
            var running = 0
            func startNext() {
                guard running < max(1, parallelism), let address = remaining.popFirst() else {
                    return
                }
                running += 1
                group.addTask { await attempt(address, peer) }
                if !remaining.isEmpty, !isWaitingForStagger {
                    isWaitingForStagger = true
                    group.addTask {
                        try? await runtime.sleep(for: Self.stagger)
                        return .staggered
                    }
                }
            }
            startNext()
            while let result = await group.next() {
                switch result {
                case .connected(let info):
                    group.cancelAll()
                    return info
                case .failed(let failure):
                    running -= 1
                    failures.append(failure)
                    onFailure?(failure)
                    startNext()
                case .staggered:
                    isWaitingForStagger = false
                    startNext()
                }
                if running == 0 { group.cancelAll() }
            }
            return nil
        }
        if let outcome { return outcome }
        if Task.isCancelled { throw .cancelled }
        if failures.contains(where: { $0.error == .dialledSelf }) { throw .dialledSelf }
        let refusals = failures.compactMap { failure -> HostError? in
            guard case .refused(let refusal) = failure.error else { return nil }
            return .refusal(refusal)
        }
        if let refusal = refusals.first, refusals.count == failures.count { throw refusal }
        throw .dialFailed(peer, failures)
    }

    private enum Attempt: Sendable {
        case connected(ConnectionInfo)
        case failed(HostError.DialFailure)
        case staggered
    }

    private func attempt(_ address: Multiaddr, _ peer: PeerID?) async -> Attempt {
        do throws(ConnectionError) {
            let info = try await connect(address, peer)
            meters.dialsSucceeded.increment()
            return .connected(info)
        } catch {
            meters.dialsFailed.increment()
            return .failed(.init(address: address, error: error))
        }
    }

    private func connect(
        _ address: Multiaddr, _ peer: PeerID?
    ) async throws(ConnectionError) -> ConnectionInfo {
        var lastError = ConnectionError.closedLocally
        for endpoint in try await endpoints(of: address) {
            do throws(ConnectionError) {
                return try await connect(endpoint, peer)
            } catch {
                lastError = error
                if case .network = error { continue }
                throw error
            }
        }
        throw lastError
    }

    private func connect(
        _ endpoint: IPEndpoint, _ peer: PeerID?
    ) async throws(ConnectionError) -> ConnectionInfo {
        do throws(ConnectionRefusal) {
            try begin(endpoint.address)
        } catch {
            throw .refused(error)
        }
        let channel: any TransportChannel
        do throws(NetworkError) {
            channel = try await runtime.network.connect(to: endpoint, timeout: Self.connectTimeout)
        } catch {
            abandon(endpoint.address)
            throw .network(error)
        }
        // From here the place belongs to the connection, and the work is done where it lives.
        return try await withTaskExecutorPreference(
            channel.executor
        ) { () throws(ConnectionError) in
            try await establish(channel, endpoint.address, peer)
        }
    }

    /// Where an address leads, at most four endpoints.
    private func endpoints(of address: Multiaddr) async throws(ConnectionError) -> [IPEndpoint] {
        guard let (host, port) = address.tcpDialTarget else {
            throw .network(.system("\(address) is not a TCP address"))
        }
        switch host {
        case .ip(let ip):
            return [IPEndpoint(address: ip, port: port)]
        case .dns(let name, let family):
            do throws(NetworkError) {
                let found = try await runtime.network.resolve(name).filter { family.admits($0) }
                guard !found.isEmpty else { throw NetworkError.unresolved(name) }
                return found.prefix(4).map { IPEndpoint(address: $0, port: port) }
            } catch {
                throw .network(error)
            }
        }
    }
}
