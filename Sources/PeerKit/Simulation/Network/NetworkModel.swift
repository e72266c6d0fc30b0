/// The simulated network: machines, the links between them, partitions and names.
///
/// Not Sendable: confined to the thread of its scheduler, as are all the models of this folder.
/// What nodes hold are the handles ``SimulatedNetwork``, ``SimulatedChannel`` and
/// ``SimulatedDatagramSocket``.
final class NetworkModel {
    let scheduler: Scheduler
    var conditions: NetworkConditions
    var generator: SimulationGenerator
    private(set) var machines: [MachineModel] = []
    private var processes: [ProcessModel] = []
    private var machineByAddress: [IPAddress: MachineModel] = [:]
    /// Looked up only, never walked in dictionary order.
    private var links: [Int: LinkModel] = [:]
    var names: [String: [IPAddress]] = [:]
    private var lastID: UInt64 = 0

    init(seed: UInt64, conditions: NetworkConditions, scheduler: Scheduler) {
        self.scheduler = scheduler
        self.conditions = conditions
        generator = SimulationGenerator(seed: seed, label: "network")
    }

    var now: UInt64 { scheduler.now }

    /// A number that names a stream, attempt or commit in the trace.
    func makeID() -> UInt64 {
        lastID += 1
        return lastID
    }

    /// Adds a machine with the next address of 10.0.0.0/8.
    func addMachine() -> MachineModel {
        // 254 hosts in each /24, so that no address ends in 0 or 255.
        let number = machines.count
        let address = IPAddress.v4(
            IPv4Address(
                10, UInt8(number / (254 * 256) & 0xff), UInt8(number / 254 & 0xff),
                UInt8(number % 254 + 1)))
        let machine = MachineModel(index: number, address: address)
        machines.append(machine)
        machineByAddress[address] = machine
        return machine
    }

    /// Starts a process on a machine.
    func addProcess(
        _ name: String, on machine: MachineModel, executors count: Int
    ) -> ProcessModel {
        let executors = (0..<max(count, 1)).map { index in
            scheduler.makeExecutor(index == 0 ? name : "\(name)/\(index)")
        }
        let process = ProcessModel(name: name, machine: machine, executors: executors)
        processes.append(process)
        return process
    }

    /// The machine that `address` names, seen from `machine`.
    func machine(at address: IPAddress, from machine: MachineModel) -> MachineModel? {
        machine.owns(address) ? machine : machineByAddress[address]
    }

    /// The way from one machine to another.
    func link(_ from: MachineModel, _ to: MachineModel) -> LinkModel {
        let key = from.index << 32 | to.index
        if let link = links[key] { return link }
        let link = LinkModel(from === to ? .loopback : conditions.link)
        links[key] = link
        return link
    }

    /// Whether a packet passes from one machine to another now.
    func canReach(_ from: MachineModel, _ to: MachineModel) -> Bool {
        guard from.isPowered, to.isPowered else { return false }
        return from === to || (from.group == to.group && !link(from, to).isCut)
    }

    /// Draws the delay of a packet without weight: a handshake, acknowledgement or reset.
    func delay(_ from: MachineModel, _ to: MachineModel) -> UInt64 {
        link(from, to).conditions.latency.sample(&generator)
    }

    /// Adds an event to the trace.
    func record(_ kind: Trace.Kind, _ first: UInt64, _ second: UInt64) {
        scheduler.trace.add(kind, first, second, at: now)
    }

    /// Puts the groups of machines apart; those in no group stay together as one more.
    func partition(_ groups: [[MachineModel]]) {
        for machine in machines { machine.group = 0 }
        for (index, group) in groups.enumerated() {
            for machine in group {
                machine.group = index + 1
                record(.partition, UInt64(index + 1), UInt64(machine.index))
            }
        }
        if groups.isEmpty { record(.partition, 0, 0) }
    }

    /// Ends a process: its streams, sockets and listeners are gone.
    ///
    /// - Parameter isSilent: Whether its peers hear nothing of it (the machine lost power); else
    ///   the system resets its streams.
    func end(_ process: ProcessModel, isSilent: Bool) {
        guard process.isAlive else { return }
        process.isAlive = false
        let machine = process.machine
        machine.listeners.removeAll { $0.process === process }
        for socket in machine.sockets where socket.process === process {
            socket.isOpen = false
            socket.inbox.finish()
        }
        machine.sockets.removeAll { $0.process === process }
        for (_, attempt) in process.attempts.sorted(by: { $0.key < $1.key }) {
            attempt.finish(.failure(.closed))
        }
        for (_, stream) in process.streams.sorted(by: { $0.key < $1.key }) {
            stream.vanish(isSilent: isSilent)
        }
        process.loseCommits(self)
        for executor in process.executors { scheduler.kill(executor.index) }
    }

    /// Whether nodes have connects or commits under way.
    var hasWaiters: Bool {
        processes.contains { !$0.attempts.isEmpty || !$0.pendingCommits.isEmpty }
    }

    /// Breaks the cycles between the models when the simulation is gone.
    func dismantle() {
        for process in processes {
            for stream in process.streams.values { stream.peer = nil }
            process.streams.removeAll()
        }
        for machine in machines {
            machine.listeners.removeAll()
            machine.sockets.removeAll()
        }
        processes.removeAll()
    }
}

extension NetworkModel {
    /// Crashes a process, or its whole machine.
    func crash(_ process: ProcessModel, _ kind: SimulatedNode.CrashKind) {
        record(.crash, UInt64(process.home.index), kind == .process ? 0 : 1)
        switch kind {
        case .process: end(process, isSilent: false)
        case .power:
            for other in processes where other.machine === process.machine {
                end(other, isSilent: true)
            }
            process.machine.isPowered = false
        }
    }
}
