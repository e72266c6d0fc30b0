// Whole networks in one process and in virtual time. The same seed gives the same digest.
//
//   SimulatedSwarm --scenario steady --peers 200 --seed 7

import ArgumentParser
import PeerKit
import Scenarios

@main
struct SimulatedSwarm: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Play a scenario; print its figures and the hash of all events.")

    @Option(help: "Which scenario.") var scenario = "steady"
    @Option(help: "Number of peers.") var peers = 200
    @Option(help: "Seed: the same seed gives the same trace.") var seed: UInt64 = 1

    func run() throws {
        guard let chosen = Scenarios.named(scenario) else {
            throw ValidationError("there is no scenario '\(scenario)'")
        }
        let report = try ScenarioRunner.run(chosen, peers: peers, seed: seed)
        for line in report.lines { print(line) }
    }
}
