import Logging

/// Finds peers of the same network on the LAN by signed UDP broadcasts, and connects to them.
///
/// Announces on every interface that the node listens on; a node that listens on loopback only
/// announces to 127.255.255.255 and nowhere else. The port is shared by all nodes of a machine.
///
/// On a node with ``Joining`` that service dials whoever is found here, else this one does.
public actor LANDiscovery: PeerService {
    /// How to announce and what to do with who is found.
    public struct Configuration: Sendable {
        /// Only peers that name the same network are found.
        public var network = "psic"
        /// The UDP port, the same for every peer of the LAN.
        public var port: UInt16 = 4902
        /// Time between two beacons; the first few follow each other faster.
        public var interval = Duration.seconds(5)
        /// Whether to connect to who is found.
        public var connects = true
        /// With so many connected peers nobody else is dialled.
        public var maximumConnections = 128
        /// Bounds on what others send.
        public var limits = BeaconLimits()

        /// The defaults.
        public init() {}
    }

    /// What discovery has seen so far.
    public struct Counters: Sendable, Hashable, Codable {
        /// Beacons sent.
        public var sent = 0
        /// Beacons believed.
        public var accepted = 0
        /// Datagrams ignored, by reason.
        public var ignored: [BeaconFault: Int] = [:]
    }

    /// One interface's socket and what is announced on it.
    private struct Outlet: Sendable {
        var socket: any DatagramSocket
        var destination: IPEndpoint
        var addresses: [Multiaddr]
    }

    /// For logs and errors.
    public nonisolated let name = "lan-discovery"
    private let configuration: Configuration
    private var machine: BeaconMachine?
    private var sent = 0
    /// Peers that are being dialled.
    private var dialling: Set<PeerID> = []

    /// A service with `configuration`.
    public init(_ configuration: Configuration = .init()) { self.configuration = configuration }

    /// What has been seen so far.
    public var counters: Counters {
        Counters(sent: sent, accepted: machine?.accepted ?? 0, ignored: machine?.faults ?? [:])
    }

    /// Announces and listens until it is cancelled.
    public nonisolated func run(on node: PeerNode) async throws {
        let outlets = try await openOutlets(on: node)
        guard !outlets.isEmpty else {
            node.log.warning("no interface for LAN discovery")
            return
        }
        await prepare(for: node)
        if configuration.connects, let joining = node.dialingService {
            await joining.adopt(
                neighboursFrom: name, maximumConnections: configuration.maximumConnections)
        }
        await withTaskGroup { group in
            for outlet in outlets {
                group.addTask { await self.listen(on: outlet, of: node) }
            }
            group.addTask { await self.announce(on: outlets, of: node) }
            await group.next()
            group.cancelAll()
        }
        for outlet in outlets { await outlet.socket.close() }
    }

    private func prepare(for node: PeerNode) {
        machine = BeaconMachine(
            network: configuration.network, localPeer: node.peerID,
            interval: configuration.interval, firstSequence: node.runtime.clock.unixNanoseconds,
            limits: configuration.limits, now: node.runtime.clock.now)
    }

    // MARK: Sockets

    private nonisolated func openOutlets(on node: PeerNode) async throws -> [Outlet] {
        let bound = await node.boundAddresses
        let interfaces = try node.runtime.network.interfaces()
        var byBroadcast: [(broadcast: IPAddress, addresses: [Multiaddr])] = []
        for address in bound {
            guard case (.ip(let ip), _)? = address.tcpDialTarget,
                let broadcast = interfaces.first(where: { $0.address == ip })?.broadcast
                    ?? ((ip.isLoopback && ip.isV4 ? IPAddress.loopbackBroadcast : nil))
            else { continue }
            if let index = byBroadcast.firstIndex(where: { $0.broadcast == broadcast }) {
                byBroadcast[index].addresses.append(address)
            } else {
                byBroadcast.append((broadcast, [address]))
            }
        }
        var outlets: [Outlet] = []
        for (broadcast, addresses) in byBroadcast {
            let endpoint = IPEndpoint(address: broadcast, port: configuration.port)
            // Bound to the broadcast address, the socket hears that interface's broadcasts only.
            do {
                let socket = try await node.runtime.network.openDatagrams(
                    DatagramBinding(endpoint: endpoint, isShared: true, allowsBroadcast: true))
                outlets.append(
                    Outlet(socket: socket, destination: endpoint, addresses: addresses))
            } catch {
                for outlet in outlets { await outlet.socket.close() }
                throw error
            }
        }
        return outlets
    }

    // MARK: Announcing

    private nonisolated func announce(on outlets: [Outlet], of node: PeerNode) async {
        var generator = RuntimeGenerator(node.runtime.random)
        while !Task.isCancelled {
            for outlet in outlets {
                do {
                    let beacon = await nextBeacon(outlet, node)
                    guard let beacon else { return }
                    let datagram = try await BeaconCodec.seal(beacon, by: node.identity.signer)
                    try await outlet.socket.send(datagram, to: outlet.destination)
                    await countSent()
                } catch {
                    node.log.debug("cannot send a beacon", metadata: ["error": "\(error)"])
                }
            }
            let jitter = Double.random(in: 0..<1, using: &generator)
            guard let pause = await nextPause(jitter) else { return }
            do { try await node.runtime.sleep(for: pause) } catch { return }
        }
    }

    private func nextBeacon(_ outlet: Outlet, _ node: PeerNode) -> Beacon? {
        machine?.announce(
            outlet.addresses, unixMilliseconds: node.runtime.clock.unixNanoseconds / 1_000_000)
    }

    private func nextPause(_ jitter: Double) -> Duration? { machine?.nextPause(jitter: jitter) }

    private func countSent() { sent += 1 }

    // MARK: Listening

    private nonisolated func listen(on outlet: Outlet, of node: PeerNode) async {
        await withDiscardingTaskGroup { dials in
            for await datagram in outlet.socket.datagrams {
                guard let found = await examine(datagram, node) else { continue }
                await node.learn(found.peer, at: found.addresses, source: name)
                guard configuration.connects, node.dialingService == nil else { continue }
                dials.addTask { await self.connect(to: found.peer, from: node) }
            }
            dials.cancelAll()
        }
    }

    private func examine(_ datagram: Datagram, _ node: PeerNode) -> BeaconMachine.Discovery? {
        let milliseconds = node.runtime.clock.unixNanoseconds / 1_000_000
        do throws(BeaconFault) {
            return try machine?.receive(
                datagram, at: node.runtime.clock.now, unixMilliseconds: milliseconds) ?? nil
        } catch {
            node.log.trace(
                "beacon ignored",
                metadata: ["reason": "\(error.rawValue)", "source": "\(datagram.source)"])
            return nil
        }
    }

    /// Connects to a peer that was found. The one with the smaller ID dials at once, the other
    /// gives it a second first, so that two do not usually dial each other.
    private func connect(to peer: PeerID, from node: PeerNode) async {
        // Dials under way count too: a newcomer hears of everybody at once.
        guard !dialling.contains(peer), dialling.count < configuration.maximumConnections else {
            return
        }
        dialling.insert(peer)
        defer { dialling.remove(peer) }
        let connected = await node.connectedPeers
        guard !connected.contains(peer),
            connected.count + dialling.count <= configuration.maximumConnections
        else { return }
        if peer < node.peerID {
            do { try await node.runtime.sleep(for: .seconds(1)) } catch { return }
            if await node.connectedPeers.contains(peer) { return }
        }
        do {
            try await node.connect(to: peer)
        } catch HostError.backingOff {
            return
        } catch {
            node.log.debug(
                "cannot connect to a discovered peer",
                metadata: ["remote": "\(peer)", "error": "\(error)"])
        }
    }
}
