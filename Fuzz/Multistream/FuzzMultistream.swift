import FuzzKit
import PeerKit

import struct NIOCore.ByteBuffer

/// Both sides of multistream-select, fed in the segments that the input chooses.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let known = ["/echo/1.0.0", "/ipfs/ping/1.0.0", "/K/1"]
    if input.byte() & 1 == 0 {
        var dialer = must { try MultistreamDialer(protocols: known) }
        feed(&input, known: known) { bytes throws(MultistreamError) in try dialer.receive(&bytes) }
    } else {
        var listener = MultistreamListener()
        feed(&input, known: known) { bytes throws(MultistreamError) in
            try listener.receive(&bytes) { known.contains($0) }
        }
    }
    return 0
}

private func feed(
    _ input: inout FuzzInput, known: [String],
    _ receive: (inout ByteBuffer) throws(MultistreamError) -> MultistreamStep
) {
    var buffer = ByteBuffer()
    while let segment = input.segment() {
        buffer.writeBytes(segment)
        do {
            switch try receive(&buffer) {
            case .needMore(let reply):
                // What is held back is one message that is not complete.
                precondition(buffer.readableBytes <= MultistreamLimits.maximumMessageBytes + 2)
                checkLength(of: reply, after: segment)
            case .selected(let name, let reply):
                // Compared as bytes: equality of strings takes more for equal than the wire does.
                precondition(
                    known.contains { $0.utf8.elementsEqual(name.utf8) }, "selected \(name)")
                checkLength(of: reply, after: segment)
                return
            }
        } catch {
            let before = buffer
            precondition((try? receive(&buffer)) == nil, "an error was forgotten")
            precondition(buffer == before, "a failed negotiation took more bytes")
            return
        }
    }
}

/// A peer must not make us say much more than it said: one message at most for each of its own.
private func checkLength(of reply: ByteBuffer?, after segment: [UInt8]) {
    let length = reply?.readableBytes ?? 0
    precondition(length <= 4 * (segment.count + MultistreamLimits.maximumMessageBytes))
}
