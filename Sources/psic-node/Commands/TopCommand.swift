import ArgumentParser
import PeerKit
import UnixSignals

/// `psic-node top`.
struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Watch the running node: peers, traffic, topics, resources.",
        discussion: """
            On a terminal the view is drawn anew in place until q or Ctrl-C. Otherwise, and with \
            --format json, one view follows the other, as many as --count says.
            """)

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("Between two looks, 0.1 to 60.", valueName: "seconds"))
    var interval = 1.0

    @Option(help: "How many looks; without it, until it is ended.")
    var count: Int?

    func validate() throws {
        guard (0.1...60).contains(interval) else {
            throw ValidationError("--interval must be between 0.1 and 60 seconds")
        }
        if let count, count < 1 { throw ValidationError("--count must be at least 1") }
    }

    func run() async throws {
        let session = try Session(global)
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await watch(session) }
            group.addTask {
                for await _ in signals { return }
                // The sequence ends with the group only.
                while true { try await Task.sleep(for: .seconds(3600)) }
            }
            do {
                try await group.next()
                group.cancelAll()
                // The view gives the terminal back before this function returns.
                while (try? await group.next()) != nil {}
            } catch {
                group.cancelAll()
                throw error
            }
        }
    }

    private func watch(_ session: Session) async throws {
        let isLive = session.format == .text && TopScreen.isPossible(session.sources.environment)
        let client = ControlClient(home: session.home)
        var view = TopView()
        var screen = TopScreen()
        defer { screen.leave() }
        let clock = ContinuousClock()
        let start = clock.now
        var shown = 0
        while true {
            let overview = try await client.call(
                AskOverview(), timeout: session.timeout(default: .seconds(10)))
            let elapsed = clock.now - start
            if session.format == .json {
                Output.json(overview)
            } else if isLive {
                if shown == 0 { screen.enter() }
                let size = TopScreen.size
                screen.draw(
                    view.lines(overview, at: elapsed, width: size.width, height: size.height))
            } else {
                if shown > 0 { Output.data("") }
                for line in view.lines(overview, at: elapsed) { Output.data(line) }
            }
            shown += 1
            if let count, shown >= count { return }
            let next = clock.now + .seconds(interval)
            while clock.now < next {
                if let key = screen.key(), key == "q" || key == "Q" { return }
                try await Task.sleep(for: min(.milliseconds(100), next - clock.now))
            }
        }
    }
}
