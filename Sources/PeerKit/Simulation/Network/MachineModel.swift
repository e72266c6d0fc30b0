/// One simulated computer: addresses, ports, power. Several nodes (processes) may run on it.
final class MachineModel {
    let index: Int
    let address: IPAddress
    var isPowered = true
    /// What its ways to and from others are like, if not like everybody's.
    var link: LinkConditions?
    /// Machines of different groups cannot reach one another.
    var group = 0
    /// Open listeners and sockets, oldest first, so that a walk over them is deterministic.
    var listeners: [ListenerModel] = []
    var sockets: [DatagramModel] = []
    private var nextEphemeral: UInt16 = 49_152

    init(index: Int, address: IPAddress) {
        self.index = index
        self.address = address
    }

    /// Whether `address` names this machine when used on it.
    func owns(_ address: IPAddress) -> Bool { address == self.address || address.isLoopback }

    /// Who takes a new stream to `endpoint`.
    func listener(at endpoint: IPEndpoint) -> ListenerModel? {
        listeners.first {
            $0.endpoint.port == endpoint.port
                && ($0.endpoint.address == endpoint.address || $0.endpoint.address.isUnspecified)
        }
    }

    /// The next port for an outgoing stream.
    func ephemeralPort() -> UInt16 {
        defer { nextEphemeral = nextEphemeral == .max ? 49_152 : nextEphemeral + 1 }
        return nextEphemeral
    }

    /// A port for `isFree`, the one asked for or, for 0, any.
    func choosePort(_ wanted: UInt16, isFree: (UInt16) -> Bool) -> UInt16? {
        if wanted != 0 { return isFree(wanted) ? wanted : nil }
        for _ in 49_152...65_535 {
            let port = ephemeralPort()
            if isFree(port) { return port }
        }
        return nil
    }
}

/// One run of a node, from its start to its crash: what the system frees when the process dies.
final class ProcessModel {
    let name: String
    let machine: MachineModel
    /// The first is the home executor.
    let executors: [SimulatedExecutor]
    private var lastExecutor = 0
    var isAlive = true
    /// Open streams; a walk sorts the keys.
    var streams: [UInt64: StreamEnd] = [:]
    var attempts: [UInt64: ConnectAttempt] = [:]
    var pendingCommits: [UInt64: PendingCommit] = [:]

    init(name: String, machine: MachineModel, executors: [SimulatedExecutor]) {
        self.name = name
        self.machine = machine
        self.executors = executors
    }

    var home: SimulatedExecutor { executors[0] }

    /// The executor of one more connection: each in turn.
    func nextExecutor() -> SimulatedExecutor {
        lastExecutor = (lastExecutor + 1) % executors.count
        return executors[lastExecutor]
    }
}

/// A listening port.
final class ListenerModel {
    let endpoint: IPEndpoint
    let process: ProcessModel
    let accept: @Sendable (any TransportChannel) -> Void

    init(
        endpoint: IPEndpoint, process: ProcessModel,
        accept: @escaping @Sendable (any TransportChannel) -> Void
    ) {
        self.endpoint = endpoint
        self.process = process
        self.accept = accept
    }
}

/// A datagram socket.
final class DatagramModel {
    let endpoint: IPEndpoint
    let process: ProcessModel
    let binding: DatagramBinding
    let inbox: AsyncStream<Datagram>.Continuation
    var isOpen = true

    init(
        endpoint: IPEndpoint, process: ProcessModel, binding: DatagramBinding,
        inbox: AsyncStream<Datagram>.Continuation
    ) {
        self.endpoint = endpoint
        self.process = process
        self.binding = binding
        self.inbox = inbox
    }
}
