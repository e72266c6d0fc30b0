/// A node's handle of a simulated datagram socket.
struct SimulatedDatagramSocket: DatagramSocket {
    let endpoint: IPEndpoint
    let datagrams: AsyncStream<Datagram>
    let network: Confined<NetworkModel>
    let socket: Confined<DatagramModel>

    func send(_ payload: [UInt8], to destination: IPEndpoint) async throws(NetworkError) {
        guard let socket = socket.own("a datagram was sent"), socket.isOpen else { throw .closed }
        try network.object.send(payload, from: socket, to: destination)
    }

    func close() async {
        guard let socket = socket.own("a datagram socket was closed"), socket.isOpen else {
            return
        }
        socket.isOpen = false
        socket.process.machine.sockets.removeAll { $0 === socket }
        socket.inbox.finish()
    }
}

extension NetworkModel {
    /// Longest datagram within one machine, from the 16-bit length field of UDP over IPv4.
    private static let maximumLocalDatagramBytes = 65_507

    /// Sends a datagram to every machine that `destination` means.
    func send(
        _ payload: [UInt8], from socket: DatagramModel, to destination: IPEndpoint
    ) throws(NetworkError) {
        let sender = socket.process.machine
        let address = destination.address.unmapped
        let isLocalBroadcast = address == .v4(IPv4Address(127, 255, 255, 255))
        let isBroadcast =
            isLocalBroadcast || address == .simulatedBroadcast
            || address == .v4(IPv4Address(255, 255, 255, 255))
        guard !isBroadcast || socket.binding.allowsBroadcast else {
            throw .system("this socket may not send to the broadcast address \(address)")
        }
        let membership = socket.binding.multicast
        let receivers: [MachineModel]
        if address.isMulticast {
            // Sent through the interface of the membership; without one, through the network's.
            receivers = membership?.interface.isLoopback == true ? [sender] : machines
        } else if isLocalBroadcast {
            receivers = [sender]
        } else if isBroadcast {
            receivers = machines
        } else if let receiver = machine(at: address, from: sender) {
            receivers = [receiver]
        } else {
            guard case .v4 = address else {
                throw .unreachable(destination, reason: "no IPv6 in the simulation")
            }
            receivers = []
        }
        let isLocal =
            receivers.count == 1 && receivers[0] === sender && !address.isMulticast
        let limit = isLocal ? Self.maximumLocalDatagramBytes : conditions.maximumDatagramBytes
        guard payload.count <= limit else {
            throw .system("a datagram of \(payload.count) bytes is longer than \(limit)")
        }
        let bound = socket.endpoint.address.unmapped
        let source = IPEndpoint(
            address: !bound.isUnspecified && sender.owns(bound)
                ? bound
                : membership.map { $0.interface.isLoopback } ?? address.isLoopback
                    ? .v4(IPv4Address(127, 0, 0, 1)) : sender.address,
            port: socket.endpoint.port)
        let datagram = Datagram(payload: payload, source: source)
        for receiver in receivers where receiver.isPowered {
            carry(
                datagram, from: sender, to: receiver, port: destination.port, address: address,
                isBroadcast: isBroadcast)
        }
    }

    private func carry(
        _ datagram: Datagram, from sender: MachineModel, to receiver: MachineModel, port: UInt16,
        address: IPAddress, isBroadcast: Bool
    ) {
        let link = link(sender, receiver)
        scheduler.statistics.datagramsSent &+= 1
        let route = UInt64(sender.index) << 28 | UInt64(receiver.index)
        record(.datagramSent, route, UInt64(datagram.payload.count))
        let isCrowded =
            link.queueing(at: now) > Latency.nanoseconds(link.conditions.maximumQueueing)
        guard canReach(sender, receiver), !isCrowded,
            !generator.happens(link.conditions.loss)
        else {
            scheduler.statistics.datagramsLost &+= 1
            return record(.datagramLost, route, 0)
        }
        let departure = link.transmit(datagram.payload.count, at: now)
        var copies = 1
        if generator.happens(link.conditions.duplication) {
            copies = 2
            scheduler.statistics.datagramsDuplicated &+= 1
            record(.datagramDuplicated, route, 0)
        }
        for _ in 0..<copies {
            var arrival = departure &+ link.conditions.latency.sample(&generator)
            if generator.happens(link.conditions.reordering) {
                let longest = Latency.nanoseconds(link.conditions.reorderingDelay)
                arrival &+= generator.next(below: longest + 1)
                scheduler.statistics.datagramsReordered &+= 1
            }
            scheduler.schedule(at: arrival) {
                guard self.canReach(sender, receiver) else {
                    self.scheduler.statistics.datagramsLost &+= 1
                    return self.record(.datagramLost, route, 1)
                }
                self.scheduler.statistics.datagramsArrived &+= 1
                self.record(.datagramArrived, route, UInt64(datagram.payload.count))
                receiver.deliver(datagram, port: port, address: address, isBroadcast: isBroadcast)
            }
        }
    }
}

extension MachineModel {
    /// Hands a datagram to the sockets that Linux would hand it to: a broadcast to each socket
    /// bound to every interface or to the broadcast address itself, anything else to the newest
    /// socket that fits.
    fileprivate func deliver(
        _ datagram: Datagram, port: UInt16, address: IPAddress, isBroadcast: Bool
    ) {
        let fitting = sockets.filter {
            $0.endpoint.port == port
                && (address.isMulticast
                    ? $0.binding.isMember(of: address, hearing: datagram.source.address)
                    : $0.endpoint.address.overlaps(address))
        }
        if isBroadcast || address.isMulticast {
            for socket in fitting { socket.inbox.yield(datagram) }
        } else {
            fitting.last?.inbox.yield(datagram)
        }
    }
}

extension DatagramBinding {
    /// Whether a socket hears a group on the interface that `source` is on.
    fileprivate func isMember(of group: IPAddress, hearing source: IPAddress) -> Bool {
        guard let multicast else { return false }
        return multicast.group == group && multicast.interface.isLoopback == source.isLoopback
    }
}
