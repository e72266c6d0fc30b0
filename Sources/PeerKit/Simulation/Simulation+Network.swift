/// What is done to the network.
extension Simulation {
    /// Parts the network: only nodes of one group reach one another. Nodes in no group form one
    /// more. Streams across stall; datagrams are lost.
    public func partition(_ groups: [[SimulatedNode]]) {
        state.object.network.partition(groups.map { $0.map { $0.process.object.machine } })
    }

    /// Ends the partition.
    public func heal() { state.object.network.partition([]) }

    /// Sets the conditions from one node's machine to another's, in that direction only.
    public func setLink(
        from sender: SimulatedNode, to receiver: SimulatedNode, _ conditions: LinkConditions
    ) {
        link(sender, receiver).conditions = conditions
    }

    /// Sets the conditions of every way between two machines, those included that were set before.
    public func setEveryLink(_ conditions: LinkConditions) {
        let network = state.object.network
        network.conditions.link = conditions
        network.forgetMachineLinks()
        network.resetLinks { _, _ in true }
    }

    /// Sets the conditions of every way to and from a node's machine, later ones included; `nil`
    /// makes them like everybody's. Between two such machines the sender's count.
    public func setLinks(of node: SimulatedNode, _ conditions: LinkConditions?) {
        let machine = node.process.object.machine
        machine.link = conditions
        state.object.network.resetLinks { $0 === machine || $1 === machine }
    }

    /// Cuts a share of all pairs of machines from one another, both ways: 0 mends them, 1 isolates
    /// everybody. The seed says which pairs; a larger share cuts the same ones and more.
    public func cutLinks(share: Double) {
        let network = state.object.network
        network.cutShare = share
        network.record(.partition, 0xfffd, share.bitPattern)
    }

    /// Cuts or mends the way from one node's machine to another's, in that direction only.
    public func setCut(_ isCut: Bool, from sender: SimulatedNode, to receiver: SimulatedNode) {
        link(sender, receiver).isCut = isCut
        state.object.network.record(.partition, isCut ? 0xffff : 0xfffe, 0)
    }

    /// Sets what a name resolves to. The name of each node resolves to its address.
    public func setName(_ name: String, _ addresses: [IPAddress]) {
        state.object.network.names[name] = addresses
    }

    private func link(_ sender: SimulatedNode, _ receiver: SimulatedNode) -> LinkModel {
        state.object.network.link(sender.process.object.machine, receiver.process.object.machine)
    }
}
