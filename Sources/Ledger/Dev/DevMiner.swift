import Logging
import Metrics
import PeerKit

/// Makes the blocks of a development chain: one for each transaction as it comes, or one in every
/// interval.
package actor DevMiner {
    /// Blocks that one request may ask for.
    package static let maximumBlocks: UInt64 = 10_000
    /// Transactions that a block is tried with.
    private static let candidates = 5000

    private let ledger: any LedgerDriver
    private let pool: Mempool
    private let runtime: Runtime
    private let executor: any RuntimeExecutor
    private let beneficiary: Address
    private let log: Logger
    private let meters: BlockMeters
    /// Between blocks; `nil`: a block for each transaction.
    private var interval: Duration?
    /// Whether transactions make blocks at once.
    private var isAutomatic: Bool
    /// Seconds by which the chain's clock is ahead.
    private var ahead: UInt64 = 0
    private var nextTimestamp: UInt64?
    private var isMining = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// The runtime's home executor, as for every actor of a service.
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    package init(
        ledger: any LedgerDriver, pool: Mempool, interval: Duration?, beneficiary: Address = .zero,
        runtime: Runtime, log: Logger, metrics: (any MetricsFactory)? = nil
    ) {
        self.ledger = ledger
        self.pool = pool
        self.interval = interval
        self.beneficiary = beneficiary
        self.runtime = runtime
        self.log = log
        meters = BlockMeters(metrics ?? MetricsSystem.factory)
        isAutomatic = interval == nil
        executor = runtime.executors.home
    }

    /// Makes blocks by the clock, until it is cancelled.
    package func run() async {
        while !Task.isCancelled {
            let pause = interval ?? .seconds(1)
            do { try await runtime.sleep(for: pause) } catch { return }
            guard interval != nil else { continue }
            do {
                try await mine()
            } catch {
                log.error("no block could be made", metadata: ["error": "\(error)"])
            }
        }
    }

    /// A transaction has come: makes blocks until it is in one, if blocks are made at once.
    package func submitted(_ transaction: SignedTransaction) async {
        guard isAutomatic else { return }
        await begin()
        defer { end() }
        // Who waited may find it in a block already. Bounded: each round makes a block or ends.
        for _ in 0..<64 {
            guard await pool.transaction(transaction.hash) != nil else { return }
            do {
                guard try await makeBlock(mayBeEmpty: false) else { return }
            } catch {
                log.error("no block could be made", metadata: ["error": "\(error)"])
                return
            }
        }
    }

    /// Makes one block of what waits.
    package func mine() async throws {
        await begin()
        defer { end() }
        _ = try await makeBlock(mayBeEmpty: true)
    }

    /// Makes several blocks, some seconds apart on the chain's clock.
    package func mine(_ count: UInt64, every seconds: UInt64) async throws {
        await begin()
        defer { end() }
        for index in 0..<min(count, Self.maximumBlocks) {
            if index > 0, seconds > 1 { ahead += seconds - 1 }
            _ = try await makeBlock(mayBeEmpty: true)
        }
    }

    /// Answers whether there is a new block.
    private func makeBlock(mayBeEmpty: Bool) async throws -> Bool {
        let candidates = await pool.candidates(limit: Self.candidates)
        guard mayBeEmpty || !candidates.isEmpty else { return false }
        let draft = BlockDraft(timestamp: timestamp(), beneficiary: beneficiary)
        let start = executor.now
        let built = try await ledger.extend(from: candidates, draft)
        meters.made(built, in: start.duration(to: executor.now))
        for refusal in built.refused where refusal.reason != nil {
            _ = await pool.remove(refusal.transaction.hash)
        }
        await pool.follow()
        return mayBeEmpty || !built.block.transactions.isEmpty
    }

    private func timestamp() -> UInt64 {
        if let next = nextTimestamp {
            nextTimestamp = nil
            // The clock goes on from there.
            ahead = next > now ? next - now : 0
            return next
        }
        return now &+ ahead
    }

    private var now: UInt64 { runtime.clock.unixNanoseconds / 1_000_000_000 }

    // One block at a time: who comes meanwhile waits, in order.

    private func begin() async {
        guard isMining else {
            isMining = true
            return
        }
        await withCheckedContinuation { continuation in
            if isMining {
                waiting.append(continuation)
            } else {
                isMining = true
                continuation.resume()
            }
        }
    }

    private func end() {
        guard !waiting.isEmpty else {
            isMining = false
            return
        }
        waiting.removeFirst().resume()
    }

    // MARK: At will

    /// Puts the chain's clock forward; answers by how many seconds it is ahead.
    package func increaseTime(by seconds: UInt64) -> UInt64 {
        let (sum, overflow) = ahead.addingReportingOverflow(seconds)
        ahead = overflow || sum > 1 << 40 ? 1 << 40 : sum
        return ahead
    }

    /// Sets the next block's timestamp.
    package func setNextTimestamp(_ timestamp: UInt64) { nextTimestamp = timestamp }

    /// Whether transactions make blocks at once.
    package func setAutomatic(_ isOn: Bool) { isAutomatic = isOn }

    /// Makes a block in every interval; 0 ends that.
    package func setInterval(seconds: UInt64) {
        interval = seconds == 0 ? nil : .seconds(Int64(clamping: min(seconds, 86_400)))
        isAutomatic = seconds == 0 && isAutomatic
    }
}
