import Testing

@testable import PeerKit

@Suite("Instants at the edges of their range") struct InstantTests {
    static let last = Instant(nanoseconds: .max)

    @Test func additionStopsAtTheEnds() {
        #expect(Self.last.advanced(by: .nanoseconds(1)) == Self.last)
        #expect(Self.last.advanced(by: .seconds(Int64.max)) == Self.last)
        #expect(Instant.zero.advanced(by: .nanoseconds(-1)) == .zero)
        #expect(Instant.zero.advanced(by: .seconds(Int64.min)) == .zero)
        #expect(Self.last.advanced(by: .nanoseconds(-1)).nanoseconds == UInt64.max - 1)
        #expect(Instant(nanoseconds: 5).advanced(by: .nanoseconds(-5)) == .zero)
    }

    @Test func durationsAreHeldInRange() {
        #expect(Instant.zero.duration(to: Self.last) == .nanoseconds(Int64.max))
        #expect(Self.last.duration(to: .zero) == .nanoseconds(-Int64.max))
        #expect(Self.last.duration(to: Self.last) == .zero)
        #expect(Instant(nanoseconds: 3).duration(to: Instant(nanoseconds: 1)) == .nanoseconds(-2))
    }

    private static let durations: [(Duration, Int64)] = [
        (.zero, 0), (.seconds(1), 1_000_000_000), (.seconds(-1), -1_000_000_000),
        (.milliseconds(-1), -1_000_000), (.nanoseconds(Int64.max), .max),
        (.nanoseconds(Int64.min), .min), (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
        (.nanoseconds(Int64.max) + .nanoseconds(1), .max),
        (.nanoseconds(Int64.min) - .nanoseconds(1), .min),
        (Duration(secondsComponent: 0, attosecondsComponent: 1), 0),
        (Duration(secondsComponent: 0, attosecondsComponent: -1_999_999_999), -1),
    ]

    @Test("whole nanoseconds", arguments: durations)
    func wholeNanoseconds(duration: Duration, expected: Int64) {
        #expect(duration.wholeNanoseconds == expected)
    }

    @Test func secondsAreTheNearestDouble() {
        #expect(Duration.milliseconds(1500).seconds == 1.5)
        #expect(Duration.milliseconds(-250).seconds == -0.25)
        #expect(Duration.seconds(Int64.max).seconds > 9e18)
    }

    @Test func laterIsGreater() {
        #expect(Instant.zero < Self.last)
        #expect(!(Self.last < Self.last))
        _ = Self.last.description
    }
}
