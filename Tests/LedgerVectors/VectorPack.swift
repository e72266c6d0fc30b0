import Ledger

/// A pack of official vectors, and how its cases are checked. The test suite runs samples of the large
/// ones, `make conformance` all.
package struct VectorPack: Sendable {
    /// How its file is called.
    package let name: String
    private let work: @Sendable (VectorSource, inout VectorReport) async throws -> Void

    init(
        _ name: String,
        _ work: @escaping @Sendable (VectorSource, inout VectorReport) async throws -> Void
    ) {
        self.name = name
        self.work = work
    }

    /// A pack of tests by name.
    init(_ name: String, entry: @escaping @Sendable (VectorSource.Entry) throws -> Void) {
        self.init(name) { source, report in
            for item in try source.entries() { report.check(item.label) { try entry(item) } }
        }
    }

    /// A pack of documents.
    init(_ name: String, value: @escaping @Sendable (JSONValue) throws -> Void) {
        self.init(name) { source, report in
            for (index, item) in try source.values().enumerated() {
                report.check("\(name) \(index)") { try value(item) }
            }
        }
    }

    /// Runs the cases of a source.
    package func run(_ source: VectorSource) async -> VectorReport {
        var report = VectorReport()
        do {
            try await work(source, &report)
        } catch {
            report.record(name, failure: "\(error)")
        }
        if report.cases == 0 { report.record(name, failure: "no cases") }
        return report
    }

    /// All packs, in the order in which the table shows them.
    package static let all: [VectorPack] = [
        .stateCancun, .stateCancunSlow, .statePrague, .blockchain, .transaction, .rlp, .trie,
        .keystore, .abi, .basic, .genesis, .mnemonics, .extendedKeys, .ecdsa, .derivedWallet, .bls,
        .exchanges,
    ]

    /// The pack of a name.
    package static func named(_ name: String) -> VectorPack? { all.first { $0.name == name } }
}
