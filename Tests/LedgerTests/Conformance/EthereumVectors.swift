import Foundation
import LedgerVectors
import Testing

/// The official packs, read where `PSIC_ETHEREUM_VECTORS` says they lie; never part of the package.
enum EthereumVectors {
    static let directory = ProcessInfo.processInfo.environment["PSIC_ETHEREUM_VECTORS"]

    /// Whether all cases run instead of a sample that takes seconds without optimisation.
    static let isComplete =
        ProcessInfo.processInfo.environment["PSIC_ETHEREUM_VECTORS_ALL"] != nil

    /// A pack, or a sample that is spread over it; `nil` where it is not there.
    static func source(
        _ pack: String, every step: Int = 1, below bytes: Int = .max
    ) -> VectorSource? {
        guard let directory else { return nil }
        return isComplete
            ? VectorSource(pack, in: directory)
            : VectorSource(pack, in: directory, every: step, below: bytes)
    }

    /// A condition for tests that need a pack: without it they are skipped, and counted so.
    static func needs(_ pack: String) -> ConditionTrait {
        .enabled(
            if: source(pack) != nil, "PSIC_ETHEREUM_VECTORS names no directory with \(pack)")
    }

    /// Runs a pack and expects every case to pass.
    static func expectAll(
        _ pack: String, atLeast count: Int, every step: Int = 1, below bytes: Int = .max
    ) async throws {
        let source = try #require(Self.source(pack, every: step, below: bytes))
        let report = try await #require(VectorPack.named(pack)).run(source)
        #expect(report.cases >= count)
        #expect(
            report.failures.isEmpty,
            "\(report.failures.count) of \(report.cases): \(report.failures.prefix(5))")
    }
}
