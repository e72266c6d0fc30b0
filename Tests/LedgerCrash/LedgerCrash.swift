import Foundation
import Ledger

/// Kills a process that imports blocks at random moments, and looks what the disk holds then.
///
///     LedgerCrash DIR [--kills N] [--seed S] [--minutes M]
///
/// After each kill the store must open without repair, have every block that the process had said to be
/// durable, and at most one more; executing the blocks anew must give their roots. Now and then, and
/// at the end, everything on the disk is checked. Before all that the disk is full for a while
/// (``FullDisk``). Exit code 1, with the reason, if anything is not so.
@main struct LedgerCrash {
    static func main() async {
        var arguments = Array(CommandLine.arguments.dropFirst())
        func option(_ name: String) -> UInt64? {
            guard let place = arguments.firstIndex(of: name), place + 1 < arguments.count else {
                return nil
            }
            defer { arguments.removeSubrange(place...place + 1) }
            return UInt64(arguments[place + 1])
        }
        let kills = option("--kills") ?? 200
        let seed = option("--seed") ?? 1
        let minutes = option("--minutes")
        let isFilling = arguments.first == "--fill"
        if isFilling { arguments.removeFirst() }
        var ballast: String?
        if let place = arguments.firstIndex(of: "--ballast"), place + 1 < arguments.count {
            ballast = arguments[place + 1]
            arguments.removeSubrange(place...place + 1)
        }
        let isWorker = arguments.first == "--work"
        if isWorker { arguments.removeFirst() }
        guard let directory = arguments.first, arguments.count == 1 else {
            print("usage: LedgerCrash DIR [--kills N] [--seed S]")
            exit(2)
        }
        do {
            if isFilling {
                try await Fill.run(in: directory, ballast: ballast)
            } else if isWorker {
                try await Workload(seed: seed).run(in: directory)
            } else {
                try await FullDisk(directory: directory + "/full").run()
                var killer = try Killer(directory: directory, seed: seed)
                try await killer.run(kills: kills, minutes: minutes)
            }
        } catch {
            print("LedgerCrash: FAILED: \(error)")
            exit(1)
        }
    }
}

/// What is wrong.
struct Wrong: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// SplitMix64: small, and the same everywhere.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
