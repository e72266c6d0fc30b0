import Testing

@testable import PeerKit

@Suite("IP addresses") struct IPAddressTests {
    /// Mostly the examples of RFC 5952 §1 to §5.
    static let canonical: [(String, String)] = [
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8::1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:0db8::1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8:0:0:1::1", "2001:db8::1:0:0:1"),
        ("2001:DB8:0:0:1::1", "2001:db8::1:0:0:1"),
        ("2001:0db8::0001", "2001:db8::1"),
        ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),
        ("2001:db8::0:1", "2001:db8::1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("2001:db8:aaaa:bbbb:cccc:dddd:eeee:AAAA", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa"),
        ("0:0:0:0:0:ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("::ffff:c000:201", "::ffff:192.0.2.1"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("0:0:0:0:0:0:0:0", "::"), ("::1", "::1"), ("1::", "1::"), ("1:0:0::", "1::"),
        ("0:1::", "0:1::"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
    ]

    @Test("prints addresses as RFC 5952 recommends", arguments: canonical)
    func printsCanonically(text: String, expected: String) throws {
        let address = try IPAddress(text)
        #expect(address.description == expected)
        #expect(try IPAddress(expected) == address)
        #expect(IPAddress(bytes: address.bytes) == address)
    }

    @Test(
        "refuses what is no address",
        arguments: [
            "", " 1.2.3.4", "1.2.3.4 ", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1..3.4",
            "1.2.3.-4", "+1.2.3.4", "0x1.2.3.4", "١.2.3.4", ":", ":::", "1:", ":1", "::1::",
            "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8:9", "1::2:3:4:5:6:7:8",
            "12345::", "g::", "::1%eth0", "[::1]", "1.2.3.4::", "::1.2.3.4:5", "::1.2.3",
            "1:2:3:4:5:6:7:1.2.3.4", "::ffff:1.2.3.4.5", "fe80::1/64", "localhost",
        ])
    func malformed(text: String) {
        #expect(throws: IPAddressError.malformedAddress(text)) { try IPAddress(text) }
    }

    @Test(
        "classifies addresses, mapped ones by the IPv4 address inside",
        arguments: [
            ("127.0.0.1", "loopback"), ("127.255.255.255", "loopback"), ("::1", "loopback"),
            ("::ffff:127.0.0.1", "loopback"), ("128.0.0.0", ""), ("126.255.255.255", ""),
            ("0.0.0.0", "unspecified"), ("::", "unspecified"), ("::ffff:0.0.0.0", "unspecified"),
            ("10.0.0.0", "private"), ("11.0.0.0", ""), ("172.16.0.0", "private"),
            ("172.31.255.255", "private"), ("172.32.0.0", ""), ("172.15.255.255", ""),
            ("192.168.0.1", "private"), ("192.169.0.1", ""), ("fc00::", "private"),
            ("fdff::1", "private"), ("fe00::", ""), ("fbff::", ""), ("::ffff:10.1.2.3", "private"),
            ("169.254.0.1", "linkLocal"), ("169.255.0.1", ""), ("fe80::1", "linkLocal"),
            ("febf::1", "linkLocal"), ("fec0::1", ""), ("224.0.0.1", "multicast"),
            ("239.255.255.255", "multicast"), ("240.0.0.0", ""), ("ff02::1", "multicast"),
            ("8.8.8.8", ""), ("2001:4860:4860::8888", ""), ("::2", ""),
        ])
    func classes(text: String, expected: String) throws {
        let address = try IPAddress(text)
        var classes: [String] = []
        if address.isLoopback { classes.append("loopback") }
        if address.isUnspecified { classes.append("unspecified") }
        if address.isPrivate { classes.append("private") }
        if address.isLinkLocal { classes.append("linkLocal") }
        if address.isMulticast { classes.append("multicast") }
        #expect(classes.joined(separator: " ") == expected)
    }

    @Test func mappedAddressesUnmap() throws {
        #expect(try IPAddress("::ffff:192.0.2.1").unmapped == IPAddress("192.0.2.1"))
        #expect(try IPAddress("::fffe:192.0.2.1").unmapped == IPAddress("::fffe:c000:201"))
        let mapped = IPv6Address(mapped: IPv4Address(192, 0, 2, 1))
        #expect(mapped.description == "::ffff:192.0.2.1")
    }

    @Test func ordersIPv4FirstThenByNumber() throws {
        let sorted = try ["1.2.3.4", "2.0.0.0", "200.0.0.1", "::", "::1", "2001:db8::"].map {
            try IPAddress($0)
        }
        #expect(sorted.reversed().sorted() == sorted)
    }

    @Test(
        "endpoints print and parse",
        arguments: ["1.2.3.4:5", "[::1]:5", "0.0.0.0:0", "[2001:db8::1]:65535"])
    func endpoints(text: String) throws {
        #expect(try IPEndpoint(text).description == text)
    }

    @Test(
        "refuses what is no endpoint",
        arguments: [
            "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:05", "1.2.3.4:+5", "::1:5", "[::1]",
            "[::1]5", "[1.2.3.4]:5", ":5", "", "[]:5", "[::1:5", "localhost:5",
        ])
    func malformedEndpoints(text: String) {
        #expect(throws: IPAddressError.self) { try IPEndpoint(text) }
    }

    @Test func anyNumberComesBackFromItsText() throws {
        var random = RandomBytes(seed: 5)
        for _ in 0..<3_000 {
            // Groups of zeros often enough to meet every kind of elision.
            let bytes = (0..<8).flatMap { _ -> [UInt8] in
                Bool.random(using: &random)
                    ? [0, 0] : [UInt8.random(in: 0...255, using: &random), 1]
            }
            let address = try #require(IPAddress(bytes: bytes))
            #expect(try IPAddress(address.description) == address)
        }
    }

    @Test func randomTextsAreParsedOrRefused() {
        var random = RandomBytes(seed: 6)
        let alphabet = Array("0123456789abcdef::::...[]% ".utf8)
        for _ in 0..<8_000 {
            let count = Int.random(in: 0...24, using: &random)
            let utf8 = (0..<count).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            let text = String(decoding: utf8, as: UTF8.self)
            if let address = try? IPAddress(text) {
                #expect((try? IPAddress(address.description)) == address)
            }
            _ = try? IPEndpoint(text)
        }
    }
}
