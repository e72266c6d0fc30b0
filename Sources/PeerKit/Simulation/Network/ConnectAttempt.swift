/// One attempt to open a stream: a handshake of three messages, as in TCP.
final class ConnectAttempt {
    typealias Outcome = Result<Confined<StreamEnd>, NetworkError>

    private static let firstRetry: UInt64 = 1_000_000_000
    /// A machine that does not exist is reported after the pause in which nobody answered ARP.
    private static let unreachableAfter: UInt64 = 3_000_000_000

    private let id: UInt64
    private let network: NetworkModel
    private let process: ProcessModel
    private let endpoint: IPEndpoint
    private var completion: ((Outcome) -> Void)?
    private var retryPause = ConnectAttempt.firstRetry
    private var timer: TimerHeap.ID?

    init(
        network: NetworkModel, process: ProcessModel, endpoint: IPEndpoint,
        completion: @escaping (Outcome) -> Void
    ) {
        id = network.makeID()
        self.network = network
        self.process = process
        self.endpoint = endpoint
        self.completion = completion
    }

    func start(timeout: Duration) {
        guard process.isAlive else { return finish(.failure(.closed)) }
        process.attempts[id] = self
        network.record(.connecting, id, UInt64(endpoint.port))
        let deadline = network.now &+ Latency.nanoseconds(timeout)
        timer = network.scheduler.schedule(at: deadline) {
            self.finish(.failure(.timedOut(self.endpoint)))
        }
        guard case .v4 = endpoint.address.unmapped else {
            return finish(.failure(.unreachable(endpoint, reason: "no IPv6 in the simulation")))
        }
        guard let target = network.machine(at: endpoint.address.unmapped, from: process.machine)
        else {
            network.scheduler.schedule(at: network.now &+ Self.unreachableAfter) {
                self.finish(
                    .failure(.unreachable(self.endpoint, reason: "no machine has the address")))
            }
            return
        }
        sendOpening(to: target)
    }

    /// Ends the attempt, once.
    func finish(_ outcome: Outcome) {
        guard let completion else { return }
        self.completion = nil
        process.attempts[id] = nil
        if let timer { network.scheduler.cancel(timer) }
        if case .failure = outcome { network.record(.connectFailed, id, 0) }
        completion(outcome)
    }

    /// SYN, repeated with growing pauses until something comes back.
    private func sendOpening(to target: MachineModel) {
        guard completion != nil else { return }
        let machine = process.machine
        let isLost = network.generator.happens(network.link(machine, target).conditions.loss)
        guard !isLost, network.canReach(machine, target) else {
            let pause = retryPause
            retryPause *= 2
            network.scheduler.schedule(at: network.now &+ pause) { self.sendOpening(to: target) }
            return
        }
        let arrival = network.now &+ network.delay(machine, target)
        network.scheduler.schedule(at: arrival) { self.openingArrived(at: target) }
    }

    private func openingArrived(at target: MachineModel) {
        // On the way back nothing is repeated; a lost answer ends in the time-out.
        guard target.isPowered else { return }
        let local = endpoint.address.isLoopback ? endpoint.address.unmapped : target.address
        let listener = target.listener(at: IPEndpoint(address: local, port: endpoint.port))
        let arrival = network.now &+ network.delay(target, process.machine)
        network.scheduler.schedule(at: arrival) {
            guard self.network.canReach(target, self.process.machine) else { return }
            if let listener {
                self.establish(with: listener)
            } else {
                self.finish(.failure(.refused(self.endpoint)))
            }
        }
    }

    /// SYN-ACK has come: this side is open, the other opens when the third message arrives.
    private func establish(with listener: ListenerModel) {
        guard completion != nil else { return }
        let machine = process.machine
        let target = listener.process.machine
        let isLocal = endpoint.address.isLoopback
        let local = IPEndpoint(
            address: isLocal ? endpoint.address.unmapped : machine.address,
            port: machine.ephemeralPort())
        let remote = IPEndpoint(
            address: isLocal ? endpoint.address.unmapped : target.address, port: endpoint.port)
        let client = StreamEnd(
            network: network, process: process, peerMachine: target, local: local, remote: remote)
        let arrival = network.now &+ network.delay(machine, target)
        client.notBefore = arrival
        network.scheduler.statistics.connections &+= 1
        network.record(.connected, id, client.id)
        let server = StreamEnd(
            network: network, process: listener.process, peerMachine: machine, local: remote,
            remote: local)
        client.peer = server
        server.peer = client
        if !listener.process.isAlive { server.abort() }
        let owner = network.scheduler.owner
        network.scheduler.schedule(at: arrival) {
            guard listener.process.isAlive, server.state == .open else { return }
            guard target.listeners.contains(where: { $0 === listener }) else {
                return server.abort()
            }
            let channel = SimulatedChannel(Confined(server, to: owner))
            self.network.scheduler.execute(on: server.executor) {
                listener.accept(channel)
            }
        }
        finish(.success(Confined(client, to: owner)))
    }
}
