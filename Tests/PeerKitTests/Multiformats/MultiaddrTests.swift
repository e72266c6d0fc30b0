import FoundationEssentials
import Testing

@testable import PeerKit

@Suite("Multiaddrs") struct MultiaddrTests {
    static let peer = "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq"
    static let relay = "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N"

    /// Some from the tests of go-multiaddr, the rest encoded with py-multiaddr.
    static let vectors: [(String, String)] = [
        ("/ip4/1.2.3.4", "0401020304"),
        ("/ip4/127.0.0.1/udp/1234", "047f000001910204d2"),
        (
            "/ip6/2001:8a0:7ac5:4201:3ac9:86ff:fe31:7095/tcp/65535",
            "29200108a07ac542013ac986fffe31709506ffff"
        ),
        (
            "/ip4/127.0.0.1/p2p/QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC/tcp/1234",
            "047f000001a503221220d52ebb89d85b02a284948203a62ff28389c57c9f42beec4ec20db76a68911c0b"
                + "0604d2"
        ),
        ("/p2p-circuit", "a202"),
        (
            "/dns4/example.org/tcp/443/wss/p2p/\(peer)",
            "360b6578616d706c652e6f72670601bbde03a503260024080112201ed1e8fae2c4a144b8be8fd4b47bf3d3"
                + "b34b871c3cacf6010f0e42d474fce27e"
        ),
        (
            "/ip4/203.0.113.7/tcp/4001/p2p/\(relay)/p2p-circuit/p2p/\(peer)",
            "04cb007107060fa1a5032212209dff3b17d74cf4d38a50d8b6383e92d181a10395a5e73a726dcccbd21bf6"
                + "f0b9a202a503260024080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42"
                + "d474fce27e"
        ),
        ("/dnsaddr/bootstrap.libp2p.io", "3813626f6f7473747261702e6c69627032702e696f"),
        ("/dns/a.b/tcp/80/tls/ws", "3503612e62060050c003dd03"),
        ("/dns6/x.y/udp/0/quic-v1", "3703782e7991020000cd03"),
    ]

    @Test("text and bytes are those of other implementations", arguments: vectors)
    func matchesVectors(text: String, hex: String) throws {
        let address = try Multiaddr(text)
        #expect(Base16.encode(address.bytes) == hex)
        #expect(address.description == text)
        #expect(try Multiaddr(bytes: Base16.decode(hex)) == address)
    }

    @Test("reads /ipfs as /p2p, a CID as a peer ID, and one slash at the end")
    func otherSpellings() throws {
        let expected = try Multiaddr("/ip4/1.2.3.4/tcp/5/p2p/\(Self.peer)")
        let cid = try PeerID(Self.peer).cidText
        #expect(try Multiaddr("/ip4/1.2.3.4/tcp/5/ipfs/\(Self.peer)") == expected)
        #expect(try Multiaddr("/ip4/1.2.3.4/tcp/5/p2p/\(cid)") == expected)
        #expect(try Multiaddr("/ip4/1.2.3.4/tcp/5/p2p/\(Self.peer)/") == expected)
    }

    @Test(
        "an error says what is wrong and where",
        arguments: [
            ("", .empty), ("/", .empty),
            ("ip4/1.2.3.4", .missingLeadingSlash("ip4/1.2.3.4")),
            ("/ip4", .missingValue(of: .ip4, position: 1)),
            ("/ip4/1.2.3.4/tcp", .missingValue(of: .tcp, position: 2)),
            ("/ip4/1.2.3.4/tcp/", .missingValue(of: .tcp, position: 2)),
            ("/ip4//tcp/1", .missingValue(of: .ip4, position: 1)),
            ("//ip4/1.2.3.4", .unknownProtocol("", position: 1)),
            ("/ip4/1.2.3.4//", .unknownProtocol("", position: 2)),
            ("/ip4/1.2.3.4/sctp/5", .unknownProtocol("sctp", position: 2)),
            (
                "/ip4/1.2.3/tcp/5",
                .invalidValue("1.2.3", of: .ip4, reason: "not an IPv4 address", position: 1)
            ),
            (
                "/ip6/::g/tcp/5",
                .invalidValue("::g", of: .ip6, reason: "not an IPv6 address", position: 1)
            ),
            (
                "/ip4/1.2.3.4/tcp/65536",
                .invalidValue(
                    "65536", of: .tcp, reason: "not a port from 0 to 65535", position: 2)
            ),
        ] as [(String, MultiaddrError)])
    func malformed(text: String, expected: MultiaddrError) {
        #expect(throws: expected) { try Multiaddr(text) }
    }

    @Test func errorsReadWellOnATerminal() throws {
        let error = #expect(throws: MultiaddrError.self) { try Multiaddr("/ip4/1.2.3/tcp/5") }
        #expect(
            error?.description
                == "component 1: \"1.2.3\" is not a value of /ip4: not an IPv4 address")
        let hostile = "/\u{1b}[31m" + String(repeating: "x", count: 500)
        let shown = #expect(throws: MultiaddrError.self) { try Multiaddr(hostile) }?.description
        #expect(try !#require(shown).unicodeScalars.contains("\u{1b}"))
        #expect(try #require(shown).count < 300)
    }

    @Test(
        "refuses names that are no DNS names",
        arguments: ["a b", "exämple.org", "a..b", ".a", "-\u{0}"])
    func dnsNames(name: String) {
        #expect(throws: MultiaddrError.self) { try Multiaddr("/dns4/\(name)/tcp/1") }
    }

    @Test func refusesUnknownProtocolsInBytesAndSaysWhere() throws {
        // 400 is /ip6zone's neighbour that nobody has assigned.
        let bytes = try Multiaddr("/ip4/1.2.3.4").bytes + VarInt.encode(400)
        #expect(throws: MultiaddrError.unknownProtocolCode(400, offset: 5)) {
            try Multiaddr(bytes: bytes)
        }
    }

    @Test func refusesTruncatedBytes() throws {
        let bytes = try Multiaddr("/dns4/example.org/tcp/443/p2p/\(Self.peer)").bytes
        let boundaries = [13, 16]
        for count in 0..<bytes.count where !boundaries.contains(count) {
            #expect(throws: MultiaddrError.self) { try Multiaddr(bytes: Array(bytes[..<count])) }
        }
    }

    @Test func limitsLengthAndComponents() throws {
        let componentLimit = MultiformatsLimits.maximumMultiaddrComponentCount
        let many = String(repeating: "/ws", count: componentLimit)
        #expect(try Multiaddr(many).components.count == componentLimit)
        #expect(throws: MultiaddrError.tooManyComponents(limit: componentLimit)) {
            try Multiaddr(many + "/ws")
        }
        let manyBytes = try Multiaddr(many).bytes + VarInt.encode(477)
        #expect(throws: MultiaddrError.tooManyComponents(limit: componentLimit)) {
            try Multiaddr(bytes: manyBytes)
        }
        let name = String(repeating: "a.", count: 126)
        // Each name takes 252 bytes, behind a code of one byte and a length of two.
        let long = String(repeating: "/dns/\(name)", count: 5)
        #expect(throws: MultiaddrError.tooLong(byteCount: 5 * 255, limit: 1024)) {
            try Multiaddr(long)
        }
        #expect(throws: MultiaddrError.tooLong(byteCount: 1025, limit: 1024)) {
            try Multiaddr(bytes: [UInt8](repeating: 4, count: 1025))
        }
    }

    @Test func peerIDIsTheOneTheWholeAddressLeadsTo() throws {
        let peer = try PeerID(Self.peer)
        let relay = try PeerID(Self.relay)
        let plain = try Multiaddr("/ip4/1.2.3.4/tcp/5")
        #expect(plain.peerID == nil)
        #expect(plain.withoutPeerID == plain)
        #expect(plain.withPeerID(peer).peerID == peer)
        #expect(
            plain.withPeerID(peer).withPeerID(relay).description
                == "/ip4/1.2.3.4/tcp/5/p2p/\(Self.relay)")
        #expect(plain.withPeerID(peer).withoutPeerID == plain)
        let viaRelay = plain.withPeerID(relay).encapsulating(Multiaddr([.p2pCircuit]))
        #expect(viaRelay.peerID == nil)
        #expect(viaRelay.isRelayed)
        #expect(viaRelay.withPeerID(peer).peerID == peer)
        #expect(viaRelay.withPeerID(peer).withoutPeerID == viaRelay)
    }

    @Test func decapsulatingTakesTheLastOccurrenceAndWhatFollows() throws {
        let address = try Multiaddr("/ip4/1.2.3.4/tcp/80/ws/tcp/80/ws")
        let tcp = try Multiaddr("/tcp/80")
        #expect(address.decapsulating(tcp).description == "/ip4/1.2.3.4/tcp/80/ws")
        #expect(address.decapsulating(tcp).decapsulating(tcp).description == "/ip4/1.2.3.4")
        #expect(address.decapsulating(try Multiaddr("/udp/1")) == address)
        #expect(address.decapsulating(address).isEmpty)
        #expect(address.decapsulating(Multiaddr([])) == address)
    }

    @Test func dialTargetIsForPlainTCPOnly() throws {
        func target(_ text: String) throws -> (host: MultiaddrHost, port: UInt16)? {
            try Multiaddr(text).tcpDialTarget
        }
        let v6 = try #require(try target("/ip6/::1/tcp/5/p2p/\(Self.peer)"))
        #expect(v6 == (.ip(try IPAddress("::1")), 5))
        #expect(try #require(try target("/dns/a.b/tcp/1")) == (.dns("a.b", family: .any), 1))
        #expect(try #require(try target("/dns4/a.b/tcp/1")) == (.dns("a.b", family: .v4), 1))
        #expect(try #require(try target("/dns6/a.b/tcp/1")) == (.dns("a.b", family: .v6), 1))
        for text in [
            "/ip4/1.2.3.4", "/ip4/1.2.3.4/udp/5", "/ip4/1.2.3.4/tcp/5/ws", "/tcp/5",
            "/dnsaddr/a.b/tcp/5", "/ip4/1.2.3.4/tcp/5/p2p/\(Self.relay)/p2p-circuit",
            "/ip4/1.2.3.4/tcp/5/p2p/\(Self.relay)/p2p-circuit/p2p/\(Self.peer)",
        ] {
            #expect(try target(text) == nil, "\(text)")
        }
    }

    @Test func endpointsConvertBothWays() throws {
        let endpoint = try IPEndpoint("[2001:db8::1]:4001")
        let address = Multiaddr(ip: endpoint, transport: .udp)
        #expect(address.description == "/ip6/2001:db8::1/udp/4001")
        #expect(address.ipEndpoint == endpoint)
        #expect(Multiaddr(ip: endpoint, transport: .tcp).description == "/ip6/2001:db8::1/tcp/4001")
        #expect(try Multiaddr("/dns/a.b/tcp/1").ipEndpoint == nil)
        #expect(try Multiaddr("/ip4/1.2.3.4/ws").ipEndpoint == nil)
    }

    @Test func codesAsText() throws {
        let addresses = [try Multiaddr("/ip4/1.2.3.4/tcp/5")]
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        let json = try encoder.encode(addresses)
        #expect(String(decoding: json, as: UTF8.self) == #"["/ip4/1.2.3.4/tcp/5"]"#)
        #expect(try JSONDecoder().decode([Multiaddr].self, from: json) == addresses)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Multiaddr].self, from: Data(#"["/ip4/x"]"#.utf8))
        }
    }

    @Test("damaged bytes are refused, or come back the same and survive their text")
    func damagedBytes() throws {
        var random = RandomBytes(seed: 7)
        let valid = try Self.vectors.map { try Base16.decode($0.1) }
        for round in 0..<8_000 {
            let bytes =
                round.isMultiple(of: 4)
                ? random.bytes(upTo: 60) : random.damaged(valid[round % valid.count])
            guard let address = try? Multiaddr(bytes: bytes) else { continue }
            #expect(address.bytes == bytes)
            #expect((try? Multiaddr(address.description)) == address)
        }
    }

    @Test func damagedTextsAreParsedOrRefused() {
        var random = RandomBytes(seed: 8)
        for round in 0..<5_000 {
            let valid = Array(Self.vectors[round % Self.vectors.count].0.utf8)
            let text = String(decoding: random.damaged(valid), as: UTF8.self)
            guard let address = try? Multiaddr(text) else { continue }
            #expect((try? Multiaddr(bytes: address.bytes)) == address)
        }
    }
}
