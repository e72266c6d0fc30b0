import Testing

import struct NIOCore.ByteBuffer

@testable import PeerKit

/// Messages written by hand from the specification: length, text, line break.
private let header = "\u{13}/multistream/1.0.0\n"
private let na = "\u{3}na\n"

private func message(_ name: String) -> String {
    var bytes = ByteBuffer()
    MultistreamCodec.write(name, into: &bytes)
    return String(buffer: bytes)
}

@Suite("multistream-select dialer") struct MultistreamDialerTests {
    @Test("sends header and first proposal in one write")
    func start() throws {
        let dialer = try MultistreamDialer(protocols: ["/noise", "/tls/1.0.0"])
        #expect(String(buffer: dialer.start()) == header + "\u{7}/noise\n")
        #expect(!dialer.mayBeLazy)
    }

    @Test("leaves application bytes that came with the answer in the buffer")
    func leftover() throws {
        var dialer = try MultistreamDialer(protocols: ["/echo/1.0.0"])
        #expect(dialer.mayBeLazy)
        var bytes = ByteBuffer(string: header + "\u{C}/echo/1.0.0\nhello")
        #expect(try dialer.receive(&bytes) == .selected("/echo/1.0.0", send: nil))
        #expect(String(buffer: bytes) == "hello")
        #expect(try dialer.receive(&bytes) == .selected("/echo/1.0.0", send: nil))
        #expect(String(buffer: bytes) == "hello")
    }

    @Test("proposes the next protocol after na, and gives up after the last")
    func refusals() throws {
        var dialer = try MultistreamDialer(protocols: ["/a", "/b", "/c"])
        var bytes = ByteBuffer(string: header + na)
        #expect(try dialer.receive(&bytes) == .needMore(send: ByteBuffer(string: message("/b"))))
        bytes = ByteBuffer(string: na)
        #expect(try dialer.receive(&bytes) == .needMore(send: ByteBuffer(string: message("/c"))))
        for _ in 0..<2 {
            bytes = ByteBuffer(string: na)
            #expect(throws: MultistreamError.noneSupported(["/a", "/b", "/c"])) {
                _ = try dialer.receive(&bytes)
            }
        }
    }

    @Test("takes the answer byte by byte")
    func fragments() throws {
        var dialer = try MultistreamDialer(protocols: ["/a", "/b"])
        var bytes = ByteBuffer()
        var steps: [MultistreamStep] = []
        for byte in (header + na + message("/b")).utf8 {
            bytes.writeInteger(byte)
            steps.append(try dialer.receive(&bytes))
        }
        #expect(steps.last == .selected("/b", send: nil))
        let sent = steps.dropLast().filter { $0 != .needMore(send: nil) }
        #expect(sent == [.needMore(send: ByteBuffer(string: message("/b")))])
    }

    @Test(
        "rejects what is no answer",
        arguments: [
            ("\u{13}/multistream/2.0.0\n", MultistreamError.unexpectedHeader("/multistream/2.0.0")),
            (header + "\u{3}/x\n", .unexpectedAnswer("/x", to: "/a")),
            (header + "\u{3}nax", .malformedMessage),
            (header + "\u{0}", .malformedMessage),
            ("\u{81}\u{8}", .messageTooLong(bytes: 1025)),
        ])
    func violations(text: String, error: MultistreamError) throws {
        var dialer = try MultistreamDialer(protocols: ["/a"])
        // One byte per scalar: lengths above 127 are written as they are on the wire.
        var bytes = ByteBuffer(bytes: text.unicodeScalars.map { UInt8($0.value) })
        #expect(throws: error) { _ = try dialer.receive(&bytes) }
    }

    @Test(
        "does not propose names that cannot be written",
        arguments: ["", "na", "ls", "/a\n", String(repeating: "x", count: 1023)])
    func badNames(name: String) {
        #expect(throws: MultistreamError.notNegotiable([name])) {
            _ = try MultistreamDialer(protocols: ["/a", name])
        }
    }
}

@Suite("multistream-select listener") struct MultistreamListenerTests {
    @Test("answers a lazy dialer and keeps what follows")
    func lazy() throws {
        var listener = MultistreamListener()
        #expect(String(buffer: listener.start()) == header)
        var bytes = ByteBuffer(string: header + message("/echo/1.0.0") + "hello")
        let step = try listener.receive(&bytes) { $0 == "/echo/1.0.0" }
        #expect(
            step == .selected("/echo/1.0.0", send: ByteBuffer(string: message("/echo/1.0.0"))))
        #expect(String(buffer: bytes) == "hello")
    }

    @Test("answers unknown names and ls with na")
    func refusals() throws {
        var listener = MultistreamListener()
        var bytes = ByteBuffer(string: header + message("/x") + message("ls") + message("/a"))
        let step = try listener.receive(&bytes) { $0 == "/a" || $0 == "ls" }
        #expect(step == .selected("/a", send: ByteBuffer(string: na + na + message("/a"))))
    }

    @Test("gives up after a bounded number of proposals")
    func tooMany() throws {
        var listener = MultistreamListener()
        let limit = MultistreamLimits.maximumRefusedProposals
        var bytes = ByteBuffer(string: header)
        _ = try listener.receive(&bytes) { _ in false }
        for _ in 0..<limit {
            bytes = ByteBuffer(string: message("/x"))
            let step = try listener.receive(&bytes) { _ in false }
            #expect(step == .needMore(send: ByteBuffer(string: na)))
        }
        bytes = ByteBuffer(string: message("/x"))
        #expect(throws: MultistreamError.tooManyProposals(limit: limit)) {
            _ = try listener.receive(&bytes) { _ in false }
        }
    }

    @Test("takes a message of 1024 bytes and none longer")
    func longest() throws {
        var listener = MultistreamListener()
        let longest = String(repeating: "x", count: MultistreamLimits.maximumMessageBytes - 1)
        var bytes = ByteBuffer(string: header)
        MultistreamCodec.write(longest, into: &bytes)
        #expect(
            try listener.receive(&bytes) { _ in true } == .needMore(send: ByteBuffer(string: na)))
        MultistreamCodec.write(longest + "x", into: &bytes)
        #expect(throws: MultistreamError.messageTooLong(bytes: 1025)) {
            _ = try listener.receive(&bytes) { _ in true }
        }
    }

    @Test("dialer and listener agree however the bytes are cut", arguments: 0..<20)
    func together(seed: UInt64) throws {
        var generator = WireTestGenerator(seed: seed)
        var dialer = try MultistreamDialer(protocols: ["/a", "/b", "/c"])
        var listener = MultistreamListener()
        var toListener = dialer.start()
        var toDialer = listener.start()
        var (atListener, atDialer) = (ByteBuffer(), ByteBuffer())
        var agreed: Set<ProtocolID> = []
        for _ in 0..<500 where agreed.isEmpty || toDialer.readableBytes > 0 {
            var part = toListener.readSlice(length: generator.below(toListener.readableBytes + 1))
            if part != nil { atListener.writeBuffer(&part!) }
            switch try listener.receive(&atListener, supports: { $0 == "/c" }) {
            case .needMore(var send?): toDialer.writeBuffer(&send)
            case .selected(let name, var send?):
                #expect(name == "/c")
                toDialer.writeBuffer(&send)
            default: break
            }
            part = toDialer.readSlice(length: generator.below(toDialer.readableBytes + 1))
            if part != nil { atDialer.writeBuffer(&part!) }
            switch try dialer.receive(&atDialer) {
            case .needMore(var send?): toListener.writeBuffer(&send)
            case .selected(let name, _): agreed.insert(name)
            default: break
            }
        }
        #expect(agreed == ["/c"])
    }

    @Test("random bytes never trap", arguments: 0..<50)
    func garbage(seed: UInt64) {
        var generator = WireTestGenerator(seed: seed)
        var listener = MultistreamListener()
        var bytes = ByteBuffer(string: header)
        for _ in 0..<200 {
            bytes.writeInteger(UInt8(generator.below(5)))
            bytes.writeInteger(UInt8(truncatingIfNeeded: generator.next()))
            if (try? listener.receive(&bytes, supports: { _ in false })) == nil { return }
        }
    }
}
