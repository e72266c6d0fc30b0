// One process of a measurement. `Benchmarks/run.py` starts as many as it takes, ours and those of
// other implementations, and puts their figures side by side.
//
// Every command prints one JSON object a line; `serve` first prints where it can be dialled.

import ArgumentParser
import PeerKit

@main
struct PeerBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure this package's peers and kernels.",
        subcommands: [
            Serve.self, Throughput.self, Connects.self, Ping.self, WeightedSum.self, Memory.self,
            Learning.self,
            Simulate.self,
        ])
}
