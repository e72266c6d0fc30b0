import PeerKit

/// Packets that are lost, and links that do not exist.
enum LossyLinks: Scenario {
    static let name = "loss"
    static let summary =
        "Messages while 0 to 30 % of all packets are lost, and while 20 % of all links are cut."

    static func peers(at scale: ScenarioScale) -> Int { scale.pick(small: 20, full: 1000) }

    static func play(on stage: Stage) async throws {
        let network = GossipNetwork(on: stage)
        let count = stage.scale.pick(small: 8, full: 20)
        try await stage.phase("grow") { try await network.grow(stage.peers) }
        for percent in [0, 10, 20, 30] {
            var link = conditions.link
            link.loss = Double(percent) / 100
            stage.simulation.setEveryLink(link)
            let tally = try await stage.phase("\(percent) % of packets lost") {
                try await network.publish(count, grace: .seconds(20))
            }
            await stage.note(
                tally, "\(percent) % of packets lost", least: percent == 0 ? 100 : 99.9)
        }
        stage.simulation.setEveryLink(conditions.link)
        stage.simulation.cutLinks(share: 0.2)
        let at = try await stage.phase("20 % of links cut, at once") {
            try await network.publish(count, grace: .seconds(20))
        }
        await stage.note(at, "20 % of links cut, at once", least: 99.9)
        let later = try await stage.phase("20 % of links cut, later") {
            try await stage.simulation.sleep(for: .seconds(60))
            return try await network.publish(count, grace: .seconds(20))
        }
        await stage.note(later, "20 % of links cut, later", least: 99.9)
        await network.stop()
    }
}
