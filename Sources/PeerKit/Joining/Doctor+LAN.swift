/// Broadcasts, and who is heard on the LAN.
extension Doctor {
    /// On each network that the node would announce itself on: sends a beacon and hears it.
    func broadcast(_ network: String) async -> [Diagnosis] {
        var findings: [Diagnosis] = []
        for broadcast in broadcastAddresses() {
            let endpoint = IPEndpoint(address: broadcast, port: configuration.lanPort)
            do {
                let isHeard = try await hearsItself(endpoint, network)
                findings.append(
                    isHeard
                        ? Diagnosis("broadcast", .ok, "a beacon to \(endpoint) came back")
                        : Diagnosis(
                            "broadcast", .failed, "a beacon to \(endpoint) did not come back",
                            advice: "allow UDP port \(configuration.lanPort) in the firewall; some "
                                + "wireless networks drop broadcasts: configure a peer then"))
            } catch {
                findings.append(
                    Diagnosis(
                        "broadcast", .failed, "\(endpoint): \(error)",
                        advice: "another program may hold UDP port \(configuration.lanPort) alone; "
                            + "choose another with --lan-port, the same for every peer"))
            }
        }
        if findings.isEmpty {
            findings.append(
                Diagnosis(
                    "broadcast", .warning, "no interface that is listened on has broadcasts",
                    advice: "listen on an IPv4 address of the LAN, or configure peers"))
        }
        return findings
    }

    private func broadcastAddresses() -> [IPAddress] {
        let interfaces = (try? runtime.network.interfaces()) ?? []
        var list: [IPAddress] = []
        for address in configuration.listenAddresses {
            guard let ip = address.ipAddress else { continue }
            let bound = ip.isUnspecified ? interfaces.map(\.address) : [ip]
            for own in bound {
                let broadcast =
                    interfaces.first { $0.address == own }?.broadcast
                    ?? (own.isLoopback && own.isV4 ? .loopbackBroadcast : nil)
                if let broadcast, !list.contains(broadcast) { list.append(broadcast) }
            }
        }
        return list
    }

    private func hearsItself(_ endpoint: IPEndpoint, _ network: String) async throws -> Bool {
        let socket = try await runtime.network.openDatagrams(
            DatagramBinding(endpoint: endpoint, isShared: true, allowsBroadcast: true))
        var generator = RuntimeGenerator(runtime.random)
        let key = Ed25519PrivateKey.generate(using: &generator)
        let milliseconds = runtime.clock.unixNanoseconds / 1_000_000
        // It names no address, so that nobody who hears it dials.
        let beacon = Beacon(
            network: network, peerID: key.publicKey.peerID, addresses: [], sequence: milliseconds,
            expiry: milliseconds)
        do {
            let datagram = try await BeaconCodec.seal(beacon, by: key)
            try await socket.send(datagram, to: endpoint)
            let isHeard = try await runtime.withTimeout(.seconds(2)) {
                for await heard in socket.datagrams where heard.payload == datagram { return true }
                return false
            }
            await socket.close()
            return isHeard
        } catch is TimedOut {
            await socket.close()
            return false
        } catch {
            await socket.close()
            throw error
        }
    }

    /// Listens for beacons of the network for some time.
    func listenForOthers(_ network: String) async -> [Diagnosis] {
        var settings = LANDiscovery.Configuration()
        settings.network = network
        settings.port = configuration.lanPort
        settings.connects = false
        let discovery = LANDiscovery(settings)
        do {
            let node = try await node(listening: true, services: [discovery])
            let events = node.events()
            var found: [PeerID: [Multiaddr]] = [:]
            try? await runtime.sleep(for: configuration.listeningTime)
            let counters = await discovery.counters
            await node.stop()
            for await case .discovered(let peer, let addresses, _) in events {
                found[peer] = addresses
            }
            return [lanFinding(found, counters, network)]
        } catch {
            return [Diagnosis("lan", .failed, "cannot listen for others: \(error)")]
        }
    }

    private func lanFinding(
        _ found: [PeerID: [Multiaddr]], _ counters: LANDiscovery.Counters, _ network: String
    ) -> Diagnosis {
        let others = counters.ignored[.foreignNetwork] ?? 0
        let stale = counters.ignored[.stale] ?? 0
        guard found.isEmpty else {
            let names = found.keys.sorted().prefix(8).map(\.shortDescription)
            return Diagnosis(
                "lan", .ok,
                "\(found.count) peers of \"\(network)\": \(names.joined(separator: ", "))")
        }
        if stale > 0 {
            return Diagnosis(
                "lan", .warning, "\(stale) beacons are from the past or the future",
                advice: "compare the clocks of the machines: one is off by more than 30 s")
        }
        if others > 0 {
            return Diagnosis(
                "lan", .warning,
                "nobody of \"\(network)\", but \(others) beacons of other networks",
                advice: "every peer must name the same --network")
        }
        return Diagnosis(
            "lan", .warning, "nobody of \"\(network)\" was heard in \(configuration.listeningTime)",
            advice: "start a second peer, or configure the address of one")
    }
}
