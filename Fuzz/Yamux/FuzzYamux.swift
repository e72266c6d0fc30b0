import FuzzKit
@testable import PeerKit

import struct NIOCore.ByteBuffer

/// A Yamux session: alone against arbitrary frames, and two honest ones with each other.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    if input.byte() & 1 == 0 {
        var session = HostileSession(role: input.byte() & 1 == 0 ? .dialer : .listener)
        session.run(&input)
    } else {
        var pair = HonestPair()
        pair.run(&input)
    }
    return 0
}
