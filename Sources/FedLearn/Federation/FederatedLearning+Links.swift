import Logging
import PeerKit

extension FederatedLearning {
    func noticed(_ event: PeerEvent) {
        switch event {
        case .connected(let peer): connected(peer)
        case .disconnected(let peer, _): disconnected(peer)
        default: break
        }
    }

    func connected(_ peer: PeerID) {
        guard let member = member(peer), links[member] == nil, let node else { return }
        nextLink += 1
        let link = MemberLink(id: nextLink)
        links[member] = link
        start { [weak self, protocolID] in
            guard let self else { return }
            do {
                try await link.run(to: peer, over: protocolID, from: node) {
                    await self.linkUp(member, link.id)
                }
            } catch {
                node.log.debug(
                    "link to a member ended", metadata: ["member": "\(peer)", "error": "\(error)"])
            }
            await self.linkDown(member, link.id, peer)
        }
    }

    private func disconnected(_ peer: PeerID) {
        guard let member = member(peer) else { return }
        links[member]?.queue.finish()
        lost(member)
    }

    private func linkUp(_ member: Int, _ id: UInt64) {
        guard links[member]?.id == id, let node else { return }
        handle { $0.reached(member, at: node.runtime.clock.now) }
    }

    private func linkDown(_ member: Int, _ id: UInt64, _ peer: PeerID) {
        guard links[member]?.id == id else { return }
        links[member] = nil
        lost(member)
        // The member may not serve the task yet, or have restarted it: try again while it is there.
        start { [weak self, node] in
            do { try await node?.runtime.sleep(for: .milliseconds(500)) } catch { return }
            guard let node, await node.connectedPeers.contains(peer) else { return }
            await self?.connected(peer)
        }
    }

    private func lost(_ member: Int) {
        guard let node else { return }
        handle { $0.lost(member, at: node.runtime.clock.now) }
    }

    func member(_ peer: PeerID) -> Int? {
        guard peer != node?.peerID else { return nil }
        return task.members.firstIndex(of: peer.description)
    }

    /// Serves a member's stream: what it says goes to the machine.
    func listen(to stream: PeerStream) async throws {
        guard let member = member(stream.remotePeer), let plan else {
            throw FederationError.notAMember(stream.remotePeer.description, task: task.name)
        }
        let limit = plan.maximumMessageBytes
        while let bytes = try await stream.readMessage(limit: limit) {
            let message = try RoundCodec.decode(Array(bytes.readableBytesView))
            guard let node else { return }
            if case .catchUp(let state) = message, !plan.server.accepts(state.shared) {
                let fault = "a model whose memory no rule of the task has"
                node.report(
                    PeerFault(.invalidContent, in: protocolID, fault), by: stream.remotePeer)
                continue
            }
            handle { $0.receive(message, from: member, at: node.runtime.clock.now) }
        }
    }
}
