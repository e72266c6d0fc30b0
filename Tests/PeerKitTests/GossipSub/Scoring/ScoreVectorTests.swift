import Testing

@testable import PeerKit

@Suite("The score function, beside a second implementation") struct ScoreVectorTests {
    @Test("every score after every step is the same", arguments: ScoreVectors.histories.indices)
    func history(number: Int) throws {
        let text = ScoreVectors.histories[number]
        var scoring = PeerScoring(ScoreVectors.parameters, at: .zero)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 400)
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            let equals = try #require(words.firstIndex(of: "="))
            try apply(Array(words[..<equals]), to: &scoring)
            for (number, word) in words[(equals + 1)...].enumerated() {
                let expected = try #require(Double(word))
                let actual = scoring.score(of: .counted(number + 1))
                try #require(
                    abs(actual - expected) <= 1e-7 * max(1, abs(expected)),
                    "peer \(number + 1) has \(actual) after: \(line)")
            }
        }
    }

    private func apply(_ words: [String], to scoring: inout PeerScoring) throws {
        let now = Instant(nanoseconds: try #require(UInt64(words[0])) * 1_000_000)
        guard words.count > 2 else {
            #expect(words[1] == "decay")
            return scoring.refresh(at: now)
        }
        let peer = PeerID.counted(try #require(Int(words[2])))
        let argument = words.count > 3 ? words[3] : ""
        let id = MessageID(Array((words.last ?? "").utf8))
        switch words[1] {
        case "add": scoring.addPeer(peer, addresses: [try IPAddress(argument)], at: now)
        case "remove": scoring.removePeer(peer, at: now)
        case "graft": scoring.graft(peer, in: argument, at: now)
        case "prune": scoring.prune(peer, in: argument, at: now)
        case "invalid": scoring.countInvalidMessage(from: peer, in: argument)
        case "penalty": scoring.addBehaviourPenalty(peer, try #require(Double(argument)))
        case "application": scoring.setApplicationScore(peer, try #require(Double(argument)))
        case "validating": scoring.validating(id, from: peer, in: argument, at: now)
        case "delivered": scoring.delivered(id, from: peer, in: argument, at: now)
        case "rejected": scoring.rejected(id, from: peer, in: argument, at: now)
        case "ignored": scoring.ignored(id)
        case "duplicate": scoring.duplicate(id, from: peer, in: argument, at: now)
        default: Issue.record("unknown event \(words[1])")
        }
    }
}
