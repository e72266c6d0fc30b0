import PeerKit
import Synchronization
import Testing

@testable import psic_node

@Suite("Following a testnet") struct TestnetMachineTests {
    private let limits = TestnetMachine.Limits(
        start: .seconds(30), silence: .seconds(5), grace: .seconds(10), stall: .seconds(60))

    private func machine(_ count: Int = 3) -> TestnetMachine {
        TestnetMachine(peerCount: count, limits: limits, now: .zero)
    }

    private func at(_ seconds: Int) -> Instant { Instant.zero.advanced(by: .seconds(seconds)) }

    private func completed(_ round: Int) -> CompletedRound {
        CompletedRound(round: round, modelHash: "h\(round)", testAccuracy: nil, counted: [])
    }

    private func report(_ round: Int, _ phase: String = "training") -> PeerReport {
        PeerReport(
            phase: phase, roundsCompleted: round, modelHash: "h\(round)", testAccuracy: nil,
            trainLoss: nil, reachablePeers: 2, bytesSent: 0, bytesReceived: 0,
            recent: round == 0 ? [] : (1...round).map(completed))
    }

    @Test func itIsOverWhenAllHaveFinished() {
        var machine = machine()
        for index in 0..<2 {
            _ = machine.observe(index, .answered(report(3, "finished")), at: at(1))
        }
        #expect(machine.outcome(at: at(1)) == nil)
        _ = machine.observe(2, .answered(report(3, "finished")), at: at(2))
        #expect(machine.outcome(at: at(2)) == .settled)
    }

    @Test func eachRoundIsToldOnceWhoeverIsFirst() {
        var machine = machine()
        #expect(
            machine.observe(0, .answered(report(1)), at: at(1))
                == [.appeared(0), .round(completed(1))])
        #expect(machine.observe(1, .answered(report(1)), at: at(1)) == [.appeared(1)])
        #expect(
            machine.observe(1, .answered(report(3)), at: at(2))
                == [.round(completed(2)), .round(completed(3))])
        #expect(machine.observe(0, .answered(report(3)), at: at(2)) == [])
    }

    @Test func aRoundIsToldWhenItsFiguresAreThere() {
        var machine = machine()
        var early = report(1)
        early.recent = []
        #expect(machine.observe(0, .answered(early), at: at(1)) == [.appeared(0)])
        #expect(machine.observe(0, .answered(report(1)), at: at(2)) == [.round(completed(1))])
    }

    @Test func aKilledPeerIsMissedAndTheOthersWaitForItAtTheEnd() {
        var machine = machine()
        for index in 0..<3 { _ = machine.observe(index, .answered(report(1)), at: at(1)) }
        #expect(
            machine.observe(2, .ended("was killed"), at: at(2)) == [.lost(2, reason: "was killed")])
        #expect(machine.observe(2, .silent, at: at(3)) == [])
        for index in 0..<2 {
            _ = machine.observe(index, .answered(report(3, "finished")), at: at(20))
        }
        #expect(machine.outcome(at: at(29)) == nil)
        #expect(machine.outcome(at: at(30)) == .settled)
    }

    @Test func onePeerThatComesBackIsWaitedForUntilItHasCaughtUp() {
        var machine = machine()
        for index in 0..<2 {
            _ = machine.observe(index, .answered(report(3, "finished")), at: at(1))
        }
        _ = machine.observe(2, .ended("was killed"), at: at(1))
        #expect(machine.observe(2, .answered(report(1)), at: at(9)) == [.returned(2)])
        #expect(machine.outcome(at: at(30)) == nil)
        #expect(
            machine.observe(2, .answered(report(3, "finished")), at: at(31))
                == [.finished(2, report(3, "finished"))])
        #expect(machine.outcome(at: at(31)) == .settled)
    }

    @Test func silenceIsForgivenForAWhile() {
        var machine = machine(1)
        _ = machine.observe(0, .answered(report(1)), at: at(1))
        #expect(machine.observe(0, .silent, at: at(5)) == [])
        #expect(machine.observe(0, .silent, at: at(6)) == [.lost(0, reason: "does not answer")])
    }

    @Test func aPeerThatNeverStartsIsMissing() {
        var machine = machine(2)
        #expect(machine.observe(0, .silent, at: at(29)) == [])
        #expect(machine.observe(0, .silent, at: at(30)).count == 1)
    }

    @Test func withoutAnyoneLeftItIsOver() {
        var machine = machine(2)
        _ = machine.observe(0, .ended("x"), at: at(1))
        _ = machine.observe(1, .ended("x"), at: at(1))
        #expect(machine.outcome(at: at(1)) == nil)
        #expect(machine.outcome(at: at(11)) == .deserted)
    }

    @Test func withoutProgressItIsGivenUp() {
        var machine = machine(2)
        _ = machine.observe(0, .answered(report(1)), at: at(1))
        _ = machine.observe(1, .answered(report(1)), at: at(1))
        _ = machine.observe(1, .answered(report(1)), at: at(50))
        #expect(machine.outcome(at: at(60)) == nil)
        #expect(machine.outcome(at: at(61)) == .stalled(.seconds(60)))
    }

    @Test func aFailedPeerIsDone() {
        var machine = machine(2)
        _ = machine.observe(0, .answered(report(3, "finished")), at: at(1))
        _ = machine.observe(1, .answered(report(2, "failed")), at: at(1))
        #expect(machine.outcome(at: at(1)) == .settled)
    }
}

@Suite("Progress of a testnet") struct TestnetProgressTests {
    private final class Sink: Sendable {
        private let written = Mutex("")
        var text: String {
            get { written.withLock { $0 } }
            set { written.withLock { $0 = newValue } }
        }
        func add(_ part: String) { written.withLock { $0 += part } }
    }

    private func report(counted: [String] = []) -> PeerReport {
        PeerReport(
            phase: "training", roundsCompleted: 2, modelHash: "0123456789abcdef",
            testAccuracy: 0.9, trainLoss: nil, reachablePeers: 1, bytesSent: 2048,
            bytesReceived: 10,
            recent: [
                CompletedRound(
                    round: 2, modelHash: "0123456789abcdef", testAccuracy: 0.9, counted: counted)
            ])
    }

    private func progress(_ sink: Sink, isLive: Bool) -> TestnetProgress {
        TestnetProgress(
            peerIDs: ["peerAAAAAAAA", "peerBBBBBBBB"], rounds: 5, isLive: isLive,
            logPath: { "/d/peer-\($0)/node.log" }, write: { sink.add($0) })
    }

    @Test func withoutATerminalEachEventIsALine() {
        let sink = Sink()
        var progress = progress(sink, isLive: false)
        var machine = TestnetMachine(peerCount: 2, now: .zero)
        let report = report(counted: ["peerAAAAAAAA"])
        var notices = machine.observe(0, .answered(report), at: .zero)
        notices += machine.observe(1, .ended("was killed by signal 9"), at: .zero)
        progress.show(notices, machine)
        #expect(
            sink.text == """
                peer-0 is up: peerAAAAAAAA
                round 2/5  accuracy 0.9000  model 0123456789ab  without peer-1
                peer-1 is missing: it was killed by signal 9; its log: /d/peer-1/node.log

                """)
        #expect(!sink.text.contains("\u{1B}"))
    }

    @Test func onATerminalTheTableIsDrawnOver() {
        let sink = Sink()
        var progress = progress(sink, isLive: true)
        var machine = TestnetMachine(peerCount: 2, now: .zero)
        _ = machine.observe(0, .answered(report()), at: .zero)
        progress.show([], machine)
        #expect(sink.text.hasPrefix("#  PEER"))
        #expect(sink.text.contains("0  AAAAAAAA  training    2/5    0.9000    1/1  2.0 KiB"))
        sink.text = ""
        progress.show([], machine)
        #expect(sink.text.hasPrefix("\u{1B}[3A\r\u{1B}[J#"))
        sink.text = ""
        progress.clear()
        #expect(sink.text == "\u{1B}[3A\r\u{1B}[J")
    }
}
