import Ledger
import Testing

@testable import psic_node

@Suite("Amounts as people write them") struct WalletAmountTests {
    @Test(
        "are exact wei",
        arguments: [
            ("0", WalletUnit.psic, "0"), ("1", .psic, "1000000000000000000"),
            ("1.5", .psic, "1500000000000000000"), ("0.000000000000000001", .psic, "1"),
            ("007.10", .gwei, "7100000000"), ("12", .wei, "12"),
            (
                "115792089237316195423570985008687907853269984665640564039457.584007913129639935",
                .psic,
                "115792089237316195423570985008687907853269984665640564039457584007913129639935"
            ),
        ])
    func reading(_ text: String, _ unit: WalletUnit, _ wei: String) throws {
        let amount = try unit.wei(text)
        #expect(amount.description == wei)
        #expect(try unit.wei(unit.text(amount)) == amount)
    }

    @Test(
        "are refused where they are none, too fine or too large",
        arguments: [
            ("", WalletUnit.psic), (".", .psic), ("1.", .psic), (".5", .psic), ("1.2.3", .psic),
            ("-1", .psic), ("+1", .psic), ("1e3", .psic), ("0x10", .psic), ("1,5", .psic),
            (" 1", .psic), ("1 psic", .psic), ("0.0000000000000000001", .psic), ("1.5", .wei),
            ("0.0000000001", .gwei), ("١", .psic),
            (
                "115792089237316195423570985008687907853269984665640564039457.584007913129639936",
                .psic
            ),
            ("115792089237316195423570985008687907853269984665640564039458", .psic),
        ])
    func refusing(_ text: String, _ unit: WalletUnit) {
        #expect(throws: CommandError.self) { try unit.wei(text) }
    }

    @Test("are shown without zeros at their end")
    func showing() {
        #expect(WalletUnit.psic.text(0) == "0")
        #expect(WalletUnit.psic.text(1) == "0.000000000000000001")
        #expect(WalletUnit.psic.text(2_500_000_000_000_000_000) == "2.5")
        #expect(WalletUnit.wei.text(10) == "10")
        #expect(WalletUnit.gwei.text(10) == "0.00000001")
    }
}
