import struct NIOCore.ByteBuffer

/// Agreeing on a stream's protocol.
extension Connection {
    func negotiate(
        _ phase: StreamEntry.Phase, _ bytes: inout ByteBuffer, on id: YamuxStreamID
    ) {
        do throws(MultistreamError) {
            switch phase {
            case .listening(var listener):
                let handlers = context.handlers
                let step = try listener.receive(&bytes) { handlers.supports($0) }
                streams[id]?.phase = .listening(listener)
                if let selected = answer(step, on: id) {
                    do throws(StreamError) {
                        try admit(id, to: selected)
                    } catch {
                        bytes.clear()
                        return giveUp(id, error)
                    }
                    streams[id]?.phase = .open
                    disarmTimer(id)
                    startHandler(selected, on: id)
                }
            case .dialing(var dialer, let protocols):
                let step = try dialer.receive(&bytes)
                streams[id]?.phase = .dialing(dialer, protocols)
                if let selected = answer(step, on: id) {
                    do throws(StreamError) {
                        try admit(id, to: selected)
                    } catch {
                        bytes.clear()
                        return giveUp(id, error)
                    }
                    opened(id, selected)
                }
            case .lazy(var dialer, let protocolID):
                let step = try dialer.receive(&bytes)
                streams[id]?.phase = .lazy(dialer, protocolID)
                if answer(step, on: id) != nil { streams[id]?.phase = .open }
            case .open:
                break
            }
        } catch {
            bytes.clear()
            if error.isPeerFault { blame(.protocolViolation, in: "/multistream/1.0.0", "\(error)") }
            giveUp(id, StreamError(error))
        }
    }

    func opened(_ id: YamuxStreamID, _ selected: ProtocolID) {
        streams[id]?.phase = .open
        streams[id]?.selected = selected
        disarmTimer(id)
        guard let info, let opener = streams[id]?.opener else { return }
        streams[id]?.opener = nil
        let stream = PeerStream(
            protocolID: selected, direction: .outbound, info: info, owner: self, id: id)
        opener.resume(returning: .success(stream))
    }

    func answer(_ step: MultistreamStep, on id: YamuxStreamID) -> ProtocolID? {
        switch step {
        case .needMore(let reply):
            if let reply { enqueue(reply, on: id) }
            return nil
        case .selected(let protocolID, let reply):
            if let reply { enqueue(reply, on: id) }
            return protocolID
        }
    }
}
