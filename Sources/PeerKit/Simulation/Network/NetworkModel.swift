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
    /// The share of all pairs of machines between which nothing passes.
    var cutShare = 0.0
    /// Decides which pairs those are.
    private let cutSalt: UInt64
    private var lastID: UInt64 = 0

    init(seed: UInt64, conditions: NetworkConditions, scheduler: Scheduler) {
        self.scheduler = scheduler
        self.conditions = conditions
        generator = SimulationGenerator(seed: seed, label: "network")
        var cuts = SimulationGenerator(seed: seed, label: "cuts")
        cutSalt = cuts.next()
    }

    var now: UInt64 { scheduler.now }

    /// A number that names a stream, attempt or commit in the trace.
    func makeID() -> UInt64 {
        lastID += 1
        return lastID
    }

    /// Adds a machine, by default with the next address of 10.0.0.0/8.
    func addMachine(at wanted: IPAddress? = nil) -> MachineModel {
        // 254 hosts in each /24, so that no address ends in 0 or 255.
        let number = machines.count
        let address =
            wanted?.unmapped
            ?? .v4(
                IPv4Address(
                    10, UInt8(number / (254 * 256) & 0xff), UInt8(number / 254 & 0xff),
                    UInt8(number % 254 + 1)))
        precondition(machineByAddress[address] == nil, "a machine has the address \(address)")
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
        let link = LinkModel(standard(from, to))
        links[key] = link
        return link
    }

    /// The conditions of a way that has none of its own.
    private func standard(_ from: MachineModel, _ to: MachineModel) -> LinkConditions {
        from === to ? .loopback : from.link ?? to.link ?? conditions.link
    }

    /// Makes all machines' ways like everybody's.
    func forgetMachineLinks() { for machine in machines { machine.link = nil } }

    /// Gives every way that `isMeant` its standard conditions, which have changed.
    func resetLinks(where isMeant: (MachineModel, MachineModel) -> Bool) {
        // The order of a dictionary does not show: each link is changed by itself.
        for (key, link) in links {
            let (from, to) = (key >> 32, key & 0xffff_ffff)
            guard machines.indices.contains(from), machines.indices.contains(to),
                isMeant(machines[from], machines[to])
            else { continue }
            link.conditions = standard(machines[from], machines[to])
        }
    }

    /// Whether the pair is one of those that ``cutShare`` puts apart: the same both ways, and with a
    /// growing share once cut, always cut.
    private func isCutByChance(_ from: MachineModel, _ to: MachineModel) -> Bool {
        guard cutShare > 0 else { return false }
        let pair = UInt64(min(from.index, to.index)) << 32 | UInt64(max(from.index, to.index))
        // The finaliser of SplitMix64: each bit of the pair changes half of the result's.
        var mixed = pair ^ cutSalt
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        mixed ^= mixed >> 31
        return Double(mixed >> 11) * 0x1p-53 < cutShare
    }

    /// Whether a packet passes from one machine to another now.
    func canReach(_ from: MachineModel, _ to: MachineModel) -> Bool {
        guard from.isPowered, to.isPowered else { return false }
        if from === to { return true }
        return from.group == to.group && !link(from, to).isCut && !isCutByChance(from, to)
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
