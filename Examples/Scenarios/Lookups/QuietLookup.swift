import PeerKit

/// Finding peers, values and providers when nothing goes wrong.
enum QuietLookup: Scenario {
    static let name = "quiet-lookup"
    static let summary =
        "Look-ups of peers, values and providers in a hash table where nothing goes wrong."

    static func play(on stage: Stage) async throws {
        let swarm = Swarm(on: stage)
        try await stage.phase("grow") { try await swarm.growTable(stage.peers) }
        let lookups = try await stage.phase("look up") {
            await swarm.lookUp(stage.scale.pick(small: 60, full: 2000))
        }
        await stage.note(lookups, "look-ups", least: 99.9, hops: 4)
        let count = stage.scale.pick(small: 10, full: 100)
        let (stored, got) = try await stage.phase("values") { await values(swarm, count) }
        await stage.note("values stored", stored, of: count, .atLeast(99))
        await stage.note("values got elsewhere", got, of: count, .atLeast(99))
        let provided = try await stage.phase("providers") { await providers(swarm, count) }
        await stage.note("providers found elsewhere", provided, of: count, .atLeast(99))
        await swarm.stop()
    }

    /// One peer stores its own public key, another asks for it.
    private static func values(_ swarm: Swarm, _ count: Int) async -> (stored: Int, got: Int) {
        let pairs = await swarm.pairs(count, of: swarm.honest)
        let outcomes = await swarm.each(pairs, width: 8) { author, reader in
            let key = Array("/pk/".utf8) + author.id.bytes
            let value = author.identity.publicKey.protobuf
            guard let author = author.services.kademlia, let reader = reader.services.kademlia,
                (try? await author.put(value, for: key)) != nil
            else { return (false, false) }
            return (true, (try? await reader.get(key, quorum: nil))?.value == value)
        }
        return (outcomes.count { $0.0 }, outcomes.count { $0.1 })
    }

    /// One peer says that it has some content, another asks who has it.
    private static func providers(_ swarm: Swarm, _ count: Int) async -> Int {
        let pairs = await swarm.pairs(count, of: swarm.honest)
        let outcomes = await swarm.each(pairs, width: 8) { provider, reader in
            let content = CID(codec: .raw, multihash: .sha256(of: provider.id.bytes))
            guard let table = provider.services.kademlia,
                (try? await table.provide(content)) != nil,
                let found = try? await reader.services.kademlia?.findProviders(
                    of: content, limit: 1)
            else { return false }
            return found.providers.contains { $0.id == provider.id }
        }
        return outcomes.count { $0 }
    }
}
