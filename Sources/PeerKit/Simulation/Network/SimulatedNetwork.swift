/// The network as one simulated node sees it.
struct SimulatedNetwork: Network {
    let network: Confined<NetworkModel>
    let process: Confined<ProcessModel>

    func listen(
        on endpoint: IPEndpoint, accept: @escaping @Sendable (any TransportChannel) -> Void
    ) async throws(NetworkError) -> any NetworkListener {
        let process = try alive("listen")
        let machine = process.machine
        let address = endpoint.address.unmapped
        guard address.isUnspecified || machine.owns(address) else {
            throw .cannotBind(endpoint, reason: "not an address of this machine")
        }
        let port = machine.choosePort(endpoint.port) { port in
            !machine.listeners.contains {
                $0.endpoint.port == port && $0.endpoint.address.overlaps(address)
            }
        }
        guard let port else { throw .addressInUse(endpoint) }
        let listener = ListenerModel(
            endpoint: IPEndpoint(address: endpoint.address, port: port), process: process,
            accept: accept)
        machine.listeners.append(listener)
        return SimulatedListener(
            endpoint: listener.endpoint, listener: Confined(listener, to: network.owner))
    }

    func connect(
        to endpoint: IPEndpoint, timeout: Duration
    ) async throws(NetworkError) -> any TransportChannel {
        let process = try alive("connect")
        let cancellation = ConnectCancellation(network.owner)
        let owner = network.owner
        let network = network
        let confined = Confined(process, to: owner)
        let outcome: ConnectAttempt.Outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let attempt = ConnectAttempt(
                    network: network.object, process: confined.object, endpoint: endpoint
                ) { continuation.resume(returning: $0) }
                if cancellation.arm(attempt) {
                    attempt.start(timeout: timeout)
                } else {
                    attempt.finish(.failure(.closed))
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
        return SimulatedChannel(try outcome.get())
    }

    func openDatagrams(
        _ binding: DatagramBinding
    ) async throws(NetworkError) -> any DatagramSocket {
        let process = try alive("openDatagrams")
        let machine = process.machine
        let address = binding.endpoint.address.unmapped
        guard address.isUnspecified || machine.owns(address) || address == .simulatedBroadcast
        else { throw .cannotBind(binding.endpoint, reason: "not an address of this machine") }
        let port = machine.choosePort(binding.endpoint.port) { port in
            !machine.sockets.contains {
                $0.endpoint.port == port && $0.endpoint.address.overlaps(address)
                    && !($0.binding.isShared && binding.isShared)
            }
        }
        guard let port else { throw .addressInUse(binding.endpoint) }
        let (stream, continuation) = AsyncStream<Datagram>.makeStream(
            bufferingPolicy: .bufferingOldest(256))
        let socket = DatagramModel(
            endpoint: IPEndpoint(address: binding.endpoint.address, port: port), process: process,
            binding: binding, inbox: continuation)
        machine.sockets.append(socket)
        return SimulatedDatagramSocket(
            endpoint: socket.endpoint, datagrams: stream, network: network,
            socket: Confined(socket, to: network.owner))
    }

    func resolve(_ name: String) async throws(NetworkError) -> [IPAddress] {
        _ = try alive("resolve")
        guard let addresses = network.object.names[name], !addresses.isEmpty else {
            throw .unresolved(name)
        }
        return addresses
    }

    func interfaces() throws(NetworkError) -> [NetworkInterface] {
        let machine = try alive("interfaces").machine
        return [
            NetworkInterface(
                name: "lo", address: .v4(IPv4Address(127, 0, 0, 1)),
                broadcast: .v4(IPv4Address(127, 255, 255, 255))),
            NetworkInterface(
                name: "eth0", address: machine.address, broadcast: .simulatedBroadcast),
        ]
    }

    /// The process, unless it has crashed.
    private func alive(_ operation: StaticString) throws(NetworkError) -> ProcessModel {
        guard let process = process.own("network operation '\(operation)'"), process.isAlive
        else { throw .closed }
        return process
    }
}

/// Lets a cancelled task end its connect, whichever comes first.
private final class ConnectCancellation: Sendable {
    private final class State {
        var isCancelled = false
        var attempt: ConnectAttempt?
    }

    private let state: Confined<State>

    init(_ owner: ThreadOwner) { state = Confined(State(), to: owner) }

    /// Names the attempt to end; `false` when it is cancelled already.
    func arm(_ attempt: ConnectAttempt) -> Bool {
        state.object.attempt = attempt
        return !state.object.isCancelled
    }

    func cancel() {
        guard let state = state.own("a connect was cancelled") else { return }
        state.isCancelled = true
        state.attempt?.finish(.failure(.closed))
    }
}

/// A simulated listening socket.
struct SimulatedListener: NetworkListener {
    let endpoint: IPEndpoint
    let listener: Confined<ListenerModel>

    func close() async {
        guard let listener = listener.own("a listener was closed") else { return }
        listener.process.machine.listeners.removeAll { $0 === listener }
    }
}

extension IPAddress {
    /// The broadcast address of the simulated subnet, 10.255.255.255.
    static let simulatedBroadcast = IPAddress.v4(IPv4Address(10, 255, 255, 255))

    /// Whether sockets bound to the two addresses and one port would get the same traffic.
    func overlaps(_ other: IPAddress) -> Bool {
        isUnspecified || other.isUnspecified || unmapped == other.unmapped
    }
}
