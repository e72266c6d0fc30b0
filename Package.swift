// swift-tools-version: 6.2
import Foundation
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let nioLocks: Target.Dependency = .product(
    name: "NIOConcurrencyHelpers", package: "swift-nio")
let collections: Target.Dependency = .product(name: "Collections", package: "swift-collections")
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let nioHTTP: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket: Target.Dependency = .product(name: "NIOWebSocket", package: "swift-nio")
let lifecycle: Target.Dependency = .product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(
    name: "UnixSignals", package: "swift-service-lifecycle")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let arguments: Target.Dependency = .product(
    name: "ArgumentParser", package: "swift-argument-parser")

/// READMEs, protocol definitions and published interfaces that stand beside the code they describe.
func documents(of target: String) -> [String] {
    let root = Context.packageDirectory + "/" + target + "/"
    let found = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    let kinds = [".md", ".proto", ".json"]
    return found.filter { name in kinds.contains { name.hasSuffix($0) } }.sorted()
}

let package = Package(
    name: "psic",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "PeerKit", targets: ["PeerKit"]),
        .library(name: "Ledger", targets: ["Ledger"]),
        .library(name: "FedLearn", targets: ["FedLearn"]),
        .executable(name: "psic-node", targets: ["psic-node"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(
            name: "CSecp256k1", pkgConfig: "libsecp256k1", providers: [.apt(["libsecp256k1-dev"])]),
        .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .target(name: "CTensor", exclude: ["README.md"]),
        .target(
            name: "PeerKit",
            dependencies: [
                "CSodium", "CLMDB", "CMalloc", nioCore, nioPosix, nioLocks, crypto, collections,
                log, metrics, lifecycle, protobuf,
            ],
            exclude: documents(of: "Sources/PeerKit"),
            swiftSettings: settings),
        .target(
            name: "Ledger",
            dependencies: [
                "PeerKit", "CSecp256k1", crypto, collections, log, metrics, nioCore, nioPosix,
                nioHTTP, nioLocks, nioWebSocket,
            ],
            exclude: documents(of: "Sources/Ledger"),
            swiftSettings: settings),
        .target(
            name: "FedLearn",
            dependencies: ["PeerKit", "CTensor", crypto, collections, log, nioLocks, nioCore],
            exclude: documents(of: "Sources/FedLearn"),
            swiftSettings: settings),
        .executableTarget(
            name: "psic-node",
            dependencies: [
                "PeerKit", "FedLearn", "Ledger", "Scenarios", arguments, nioCore, nioPosix,
                nioHTTP, log, metrics, lifecycle, signals,
            ],
            exclude: documents(of: "Sources/psic-node"),
            swiftSettings: settings),
        .executableTarget(
            name: "EchoPeer",
            dependencies: ["PeerKit", arguments, log, lifecycle, nioCore],
            path: "Examples/EchoPeer", swiftSettings: settings),
        .executableTarget(
            name: "TopicPeer",
            dependencies: ["PeerKit", arguments, log, lifecycle],
            path: "Examples/TopicPeer", swiftSettings: settings),
        .executableTarget(
            name: "DHTPeer",
            dependencies: ["PeerKit", arguments, log, lifecycle],
            path: "Examples/DHTPeer", swiftSettings: settings),
        .target(
            name: "Scenarios", dependencies: ["PeerKit", log, nioCore, collections],
            path: "Examples/Scenarios", exclude: ["README.md"], swiftSettings: settings),
        .target(
            name: "FedLearnAttacks", dependencies: ["FedLearn"],
            path: "Examples/Attacks", exclude: ["README.md"], swiftSettings: settings),
        .executableTarget(
            name: "PoisoningStudy", dependencies: ["FedLearn", "FedLearnAttacks", arguments],
            path: "Examples/PoisoningStudy", exclude: ["README.md", "check.py"],
            swiftSettings: settings),
        .executableTarget(
            name: "FederatedDigits",
            dependencies: ["FedLearn", "FedLearnAttacks", "PeerKit", arguments, log],
            path: "Examples/FederatedDigits", exclude: ["README.md"], swiftSettings: settings),
        .executableTarget(
            name: "CustomTask", dependencies: ["FedLearn", "PeerKit", log],
            path: "Examples/CustomTask", swiftSettings: settings),
        .executableTarget(
            name: "SimulatedSwarm", dependencies: ["PeerKit", "Scenarios", arguments, log],
            path: "Examples/SimulatedSwarm", swiftSettings: settings),
        // Official vectors and how they are checked; the tests run samples, `make conformance` all.
        .target(
            name: "LedgerVectors", dependencies: ["Ledger", "PeerKit", crypto, log],
            path: "Tests/LedgerVectors", exclude: ["README.md"], swiftSettings: settings),
        .executableTarget(
            name: "Conformance", dependencies: ["Ledger", "LedgerVectors"],
            path: "Tests/Conformance", swiftSettings: settings),
        // Kills itself while it commits blocks; run by Scripts/test.sh.
        .executableTarget(
            name: "LedgerCrash", dependencies: ["Ledger"], path: "Tests/LedgerCrash",
            swiftSettings: settings),
        // Writes gradients and optimiser steps for Tests/Interop/gradients.py to compare.
        .executableTarget(
            name: "GradientFixtures", dependencies: ["FedLearn"], path: "Tests/GradientFixtures",
            swiftSettings: settings),
        .testTarget(
            name: "PeerKitTests", dependencies: ["PeerKit", nioCore], swiftSettings: settings),
        .testTarget(
            name: "ScenarioTests", dependencies: ["Scenarios", "PeerKit"],
            swiftSettings: settings),
        .testTarget(
            name: "FedLearnTests",
            dependencies: [
                "FedLearn", "FedLearnAttacks", "CTensor", "GradientFixtures", "PeerKit", log,
            ],
            resources: [.copy("Vectors")],
            swiftSettings: settings),
        .testTarget(
            name: "CLITests", dependencies: ["psic-node", "Ledger", nioCore, nioPosix, log],
            swiftSettings: settings),
        .testTarget(
            name: "LedgerTests",
            dependencies: ["Ledger", "LedgerVectors", "PeerKit", crypto, log, nioCore],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)

// libFuzzer brings its own `main`, so its executables link only under `--sanitize fuzzer`, and
// `make fuzz` sets FUZZ. The entry of each is Fuzz/TARGET/FuzzTARGET.swift.
if Context.environment["FUZZ"] != nil {
    let entries: [(module: String, targets: [String])] = [
        (
            "PeerKit",
            [
                "AddressBook", "Beacon", "GossipRPC", "Identify", "Kademlia", "KeyFile",
                "KeyProtobuf", "Multiaddr", "MulticastDNS", "Multiformats", "Multistream",
                "NoiseHandshake", "NoiseSession", "PeerExchange", "PeerID", "Rotation",
                "SignedEnvelope", "Standing", "Yamux",
            ]
        ),
        ("FedLearn", ["Checkpoint", "CompressedUpdate", "RoundMessage", "SecureSum"]),
        (
            "Ledger",
            [
                "ABI", "Block", "EVM", "Genesis", "JSONRPC", "Keystore", "RLP", "Transaction",
                "TypedData",
            ]
        ),
    ]
    package.targets.append(.target(name: "FuzzKit", path: "Fuzz/Kit", swiftSettings: settings))
    for (module, targets) in entries {
        package.targets += targets.map { target in
            .executableTarget(
                name: "Fuzz\(target)",
                dependencies: ["FuzzKit", .byName(name: module), nioCore, crypto],
                path: "Fuzz/\(target)", swiftSettings: settings)
        }
    }
}
