import Testing

@testable import PeerKit

@Suite("IP subnets") struct IPSubnetTests {
    @Test(arguments: [
        ("192.0.2.77/24", "192.0.2.0/24"), ("10.1.2.3", "10.1.2.3/32"), ("1.2.3.4/0", "0.0.0.0/0"),
        ("2001:db8:1:2:3::/48", "2001:db8:1::/48"), ("::1", "::1/128"), ("::/0", "::/0"),
        ("::ffff:10.0.0.1", "10.0.0.1/32"),
    ])
    func clearsWhatIsBehindTheLength(text: String, expected: String) throws {
        #expect(try IPSubnet(text).description == expected)
    }

    @Test(arguments: ["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "/8", "10.0.0/8", "x"])
    func refusesWhatIsNone(text: String) {
        #expect(throws: IPAddressError.self) { _ = try IPSubnet(text) }
    }

    @Test func containsItsAddressesAndNoOthers() throws {
        let range = try IPSubnet("10.20.0.0/15")
        #expect(range.contains(try IPAddress("10.21.255.255")))
        #expect(range.contains(.v6(IPv6Address(mapped: IPv4Address(10, 20, 0, 1)))))
        #expect(!range.contains(try IPAddress("10.22.0.0")))
        #expect(!range.contains(try IPAddress("::1")))
        #expect(try !IPSubnet("::/0").contains(try IPAddress("10.0.0.1")))
    }

    @Test(arguments: ["10.0.0.1", "192.0.2.0/24", "2001:db8::/32", "::1"])
    func bansNameTheirSubjectsAsTheyAreRead(text: String) throws {
        #expect(try #require(BanSubject(text)).description == text)
    }
}
