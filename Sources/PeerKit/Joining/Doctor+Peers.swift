/// Each configured peer, layer by layer.
extension Doctor {
    /// Resolves, connects, secures, identifies; stops at the first layer that fails.
    func examine(_ address: Multiaddr) async -> [Diagnosis] {
        let step = "peer \(address)"
        guard let (host, port) = address.tcpDialTarget else {
            return [
                Diagnosis(
                    step, .failed, "cannot be dialled: it names no TCP port",
                    advice: "use /ip4/ADDRESS/tcp/PORT/p2p/ID or /dns/NAME/tcp/PORT/p2p/ID")
            ]
        }
        var addresses: [IPAddress] = []
        switch host {
        case .ip(let ip): addresses = [ip]
        case .dns(let name, let family):
            addresses = ((try? await runtime.network.resolve(name)) ?? [])
                .filter { family.admits($0) }
            guard !addresses.isEmpty else {
                return [
                    Diagnosis(
                        step, .failed, "dns: \(name) has no address",
                        advice: "check the name and this machine's resolver")
                ]
            }
        }
        for ip in addresses.prefix(4) {
            let endpoint = IPEndpoint(address: ip, port: port)
            guard let failure = await tcpFailure(endpoint) else {
                return [await secured(address, step, endpoint)]
            }
            if ip == addresses.prefix(4).last {
                return [Diagnosis(step, .failed, "tcp: \(failure)", advice: advice(for: failure))]
            }
        }
        return []
    }

    private func tcpFailure(_ endpoint: IPEndpoint) async -> NetworkError? {
        do throws(NetworkError) {
            let channel = try await runtime.network.connect(
                to: endpoint, timeout: configuration.timeout)
            channel.executor.execute { channel.abort() }
            return nil
        } catch {
            return error
        }
    }

    private func advice(for failure: NetworkError) -> String {
        switch failure {
        case .refused:
            "the machine is there but nobody listens: is the peer running, is it that port?"
        case .timedOut: "no answer at all: a firewall, or the machine is off"
        case .unreachable: "there is no way there from this machine: check its network"
        default: "check the address"
        }
    }

    private func secured(
        _ address: Multiaddr, _ step: String, _ endpoint: IPEndpoint
    ) async -> Diagnosis {
        do {
            let node = try await node(listening: false)
            let result: Result<IdentifyInfo, any Error>
            do {
                result = .success(try await connect(to: address, from: node))
            } catch {
                result = .failure(error)
            }
            let peer = await node.connectedPeers.first
            await node.stop()
            switch result {
            case .success(let info): return identified(step, info, peer, address)
            case .failure(let error):
                return Diagnosis(
                    step, .failed, "\(endpoint) answers, but: \(error)",
                    advice: "another program may listen there, or another peer than the one named")
            }
        } catch {
            return Diagnosis(step, .failed, "cannot start a node: \(error)")
        }
    }

    private func identified(
        _ step: String, _ info: IdentifyInfo, _ peer: PeerID?, _ address: Multiaddr
    ) -> Diagnosis {
        let name = peer?.description ?? "?"
        let summary =
            "\(name), \(info.agentVersion), \(info.protocols.count) protocols, sees this node at "
            + "\(info.observedAddress?.description ?? "no address")"
        // A record is signed with the nanoseconds of its peer's clock; one from the future tells that
        // one of the two clocks is wrong.
        if let sequence = info.record?.sequence {
            let ahead = Double(sequence) - Double(runtime.clock.unixNanoseconds)
            if ahead > Self.clockTolerance.seconds * 1e9, ahead < 1e18 {
                return Diagnosis(
                    step, .warning,
                    summary + "; its clock is \(Int(ahead / 1e9)) s ahead of this one",
                    advice: "compare both clocks with a time server")
            }
        }
        guard address.peerID != nil else {
            return Diagnosis(
                step, .warning, summary,
                advice: "name the peer, or whoever answers there is taken for it: "
                    + address.withoutPeerID.description + "/p2p/\(name)")
        }
        return Diagnosis(step, .ok, summary)
    }
}
