import struct NIOCore.ByteBuffer

/// A node's handle of one end of a simulated stream.
final class SimulatedChannel: TransportChannel {
    let executor: any RuntimeExecutor
    let localEndpoint: IPEndpoint
    let remoteEndpoint: IPEndpoint
    private let simulated: SimulatedExecutor
    private let end: Confined<StreamEnd>

    /// A handle of `end`; called on the simulation's thread.
    init(_ end: Confined<StreamEnd>) {
        self.end = end
        simulated = end.object.executor
        executor = simulated
        localEndpoint = end.object.local
        remoteEndpoint = end.object.remote
    }

    func start(_ delegate: any TransportChannelDelegate) { end("start")?.start(delegate) }
    func write(_ bytes: ByteBuffer) { end("write")?.write(bytes) }
    func flush() { end("flush")?.flush() }
    var isWritable: Bool { end("isWritable")?.isWritable ?? false }
    func setReading(_ isReading: Bool) { end("setReading")?.setReading(isReading) }
    func close() { end("close")?.close() }
    func abort() { end("abort")?.abort() }

    /// The end, if the caller is where the protocol wants it.
    private func end(_ operation: StaticString) -> StreamEnd? {
        let what = "'\(operation)' of a channel of '\(simulated.name)'"
        guard let end = end.own(what) else { return nil }
        guard simulated.isCurrent else {
            self.end.owner.report(.misplaced(what))
            return nil
        }
        return end
    }
}
