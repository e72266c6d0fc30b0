import Foundation
import Ledger

/// Starts the workload, kills it, looks, and begins again.
struct Killer {
    private let directory: String
    private var generator: SplitMix64
    private var replay = ChainReplay(Workload.genesis)
    /// Kills after a commit and before its line: the moment that matters most.
    private var unannounced = 0

    init(directory: String, seed: UInt64) throws {
        self.directory = directory
        generator = SplitMix64(state: seed)
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
    }

    /// - Parameter minutes: When to stop if there have not been as many kills by then.
    mutating func run(kills: UInt64, minutes: UInt64? = nil) async throws {
        let start = Date()
        let end = minutes.map { start.addingTimeInterval(Double($0) * 60) } ?? .distantFuture
        var done: UInt64 = 0
        for kill in 1...max(kills, 1) {
            let told = try strike()
            done = kill
            let isLast = kill == kills || Date() > end
            try look(told, isThorough: kill % 25 == 0 || isLast)
            if kill % 25 == 0 {
                print("LedgerCrash: \(kill) kills, head \(replay.head.number)")
                fflush(nil)
            }
            if isLast { break }
        }
        let seconds = Int(Date().timeIntervalSince(start))
        print(
            "LedgerCrash: passed: \(done) of \(kills) kills, \(replay.head.number) blocks, "
                + "\(unannounced) kills between commit and its announcement, \(seconds) s")
    }

    private var ledger: String { directory + "/ledger" }

    /// Lets the workload run for a random while; answers the last block it told of.
    private mutating func strike() throws -> (number: UInt64, hash: Hash32)? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = ["--work", ledger, "--seed", "\(generator.next() >> 1)"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        // Mostly some blocks on the way, sometimes in the midst of opening.
        let lines = generator.next() % 8
        var output: [UInt8] = []
        while lines > 1, output.count(where: { $0 == 10 }) < lines {
            let data = pipe.fileHandleForReading.availableData
            if data.isEmpty { break }
            output += data
        }
        usleep(UInt32(generator.next() % 40_000))
        kill(process.processIdentifier, SIGKILL)
        output += pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationReason == .uncaughtSignal else {
            throw Wrong("the workload ended by itself: \(String(decoding: output, as: UTF8.self))")
        }
        // A line that was cut off was not told.
        guard let end = output.lastIndex(of: 10),
            let line = output[..<end].split(separator: 10).last
        else { return nil }
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        guard words.count == 2, let number = UInt64(words[0]), let hash = Hash32(String(words[1]))
        else { throw Wrong("told: \(line)") }
        return (number, hash)
    }

    private mutating func look(
        _ told: (number: UInt64, hash: Hash32)?, isThorough: Bool
    ) throws {
        let chain = try ChainStore(
            LedgerStore(at: ledger), genesis: Workload.genesis, history: Workload.history)
        let view = try chain.view()
        if let told {
            guard view.headNumber == told.number || view.headNumber == told.number + 1 else {
                throw Wrong("told of block \(told.number), the head is \(view.headNumber)")
            }
            guard try view.block(told.number)?.hash == told.hash else {
                throw Wrong("block \(told.number) is not the one that was told of")
            }
            if view.headNumber > told.number { unannounced += 1 }
        }
        guard view.headNumber >= replay.head.number else {
            throw Wrong("head \(view.headNumber) after \(replay.head.number)")
        }
        while replay.head.number < view.headNumber {
            guard let block = try view.block(replay.head.number + 1) else {
                throw Wrong("block \(replay.head.number + 1) is missing")
            }
            try replay.advance(Block(decoding: block.encoded))
        }
        guard replay.head.hash == view.headHash else { throw Wrong("another head") }
        if isThorough {
            let failures = try ChainCheck.run(chain).failures
            guard failures.isEmpty else { throw Wrong("\(failures)") }
        }
    }
}
