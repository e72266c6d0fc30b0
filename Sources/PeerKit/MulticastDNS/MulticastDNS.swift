import Logging

/// Finds libp2p peers on the LAN by multicast DNS, go-libp2p's and others' too.
///
/// Asks and answers on every IPv4 interface that the node listens on. Whoever is found is told as
/// ``PeerEvent/discovered(_:_:source:)``; to connect is the business of ``Joining``.
///
/// Isolation: an actor without executor of its own; it runs where its caller runs.
public actor MulticastDNS: PeerService {
    /// The group and port of multicast DNS (RFC 6762, §3).
    public static let endpoint = IPEndpoint(
        address: .v4(IPv4Address(224, 0, 0, 251)), port: 5353)
    /// An answer waits so long at most, so that not all come at once (RFC 6762, §6).
    static let answerDelay = 0.020..<0.120

    /// For logs and errors.
    public nonisolated let name = "mdns"
    private let limits: MulticastDNSLimits
    private let port: UInt16
    private var machine: MulticastDNSMachine?

    private struct Outlet: Sendable {
        var socket: any DatagramSocket
        var addresses: [Multiaddr]
    }

    /// Discovery by multicast DNS.
    ///
    /// - Parameter port: For tests, which must not meet the machine's own responder.
    public init(limits: MulticastDNSLimits = .init(), port: UInt16 = MulticastDNS.endpoint.port) {
        self.limits = limits
        self.port = port
    }

    /// What has happened so far.
    var statistics: MulticastDNSMachine.Statistics { machine?.statistics ?? .init() }

    /// Asks and answers until it is cancelled.
    public func run(on node: PeerNode) async throws {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)
        let label = node.runtime.random.bytes(40).map { alphabet[Int($0) % alphabet.count] }
        machine = MulticastDNSMachine(
            localPeer: node.peerID, name: label, limits: limits, now: node.runtime.clock.now)
        let outlets = await openOutlets(on: node)
        guard !outlets.isEmpty else {
            node.log.warning("no interface for multicast DNS")
            return
        }
        await withTaskGroup(of: Void.self) { group in
            for outlet in outlets {
                group.addTask { await self.listen(on: outlet, of: node) }
            }
            group.addTask { await self.ask(on: outlets, of: node) }
            await group.next()
            group.cancelAll()
        }
        for outlet in outlets { await outlet.socket.close() }
    }

    private nonisolated func openOutlets(on node: PeerNode) async -> [Outlet] {
        var outlets: [Outlet] = []
        for address in await node.boundAddresses {
            guard let ip = address.ipAddress, ip.isV4 else { continue }
            do throws(NetworkError) {
                let socket = try await node.runtime.network.openDatagrams(
                    DatagramBinding(
                        endpoint: IPEndpoint(address: .v4(IPv4Address(0, 0, 0, 0)), port: port),
                        isShared: true,
                        multicast: MulticastMembership(
                            group: Self.endpoint.address, interface: ip)))
                outlets.append(Outlet(socket: socket, addresses: [address]))
            } catch {
                node.log.warning(
                    "no multicast DNS on an interface",
                    metadata: ["address": "\(ip)", "error": "\(error)"])
            }
        }
        return outlets
    }

    private nonisolated var destination: IPEndpoint {
        IPEndpoint(address: Self.endpoint.address, port: port)
    }

    private nonisolated func ask(on outlets: [Outlet], of node: PeerNode) async {
        var generator = RuntimeGenerator(node.runtime.random)
        while !Task.isCancelled {
            for outlet in outlets {
                guard let question = await machine?.question() else { return }
                await send(question, on: outlet, of: node)
            }
            let jitter = Double.random(in: 0..<1, using: &generator)
            guard let pause = await nextPause(jitter),
                (try? await node.runtime.sleep(for: pause)) != nil
            else { return }
        }
    }

    private func nextPause(_ jitter: Double) -> Duration? { machine?.nextPause(jitter: jitter) }

    private nonisolated func listen(on outlet: Outlet, of node: PeerNode) async {
        var generator = RuntimeGenerator(node.runtime.random)
        await withDiscardingTaskGroup { group in
            for await datagram in outlet.socket.datagrams {
                let outcome = await receive(datagram, node)
                for found in outcome.found {
                    await node.learn(found.peer, at: found.addresses, source: name)
                }
                guard outcome.isAnswerDue else { continue }
                // At most two a second come this far.
                let delay = Duration.seconds(
                    Double.random(in: Self.answerDelay, using: &generator))
                group.addTask {
                    guard (try? await node.runtime.sleep(for: delay)) != nil,
                        let answer = await self.machine?.answer(outlet.addresses)
                    else { return }
                    await self.send(answer, on: outlet, of: node)
                }
            }
            group.cancelAll()
        }
    }

    private func receive(
        _ datagram: Datagram, _ node: PeerNode
    ) -> MulticastDNSMachine.Outcome {
        machine?.receive(datagram, at: node.runtime.clock.now) ?? .init()
    }

    private nonisolated func send(
        _ message: [UInt8], on outlet: Outlet, of node: PeerNode
    ) async {
        do throws(NetworkError) {
            try await outlet.socket.send(message, to: destination)
        } catch {
            node.log.debug("cannot send multicast DNS", metadata: ["error": "\(error)"])
        }
    }
}
