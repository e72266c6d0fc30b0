extension AccountProof {
    /// Reads the answer of `eth_getProof`; `nil` for anything else. Nothing of it is proven yet.
    package init?(_ value: JSONValue) {
        func nodes(_ value: JSONValue?) -> [[UInt8]]? {
            // A path has 64 nibbles.
            guard let list = value?.elements, list.count <= 65 else { return nil }
            let nodes = list.compactMap { node in
                node.text.flatMap { try? HexForm.data($0) }
            }
            return nodes.count == list.count ? nodes : nil
        }
        func quantity(_ value: JSONValue?) -> UInt256? {
            value?.text.flatMap { try? HexForm.quantity($0) }
        }
        func hash(_ value: JSONValue?) -> Hash32? { value?.text.flatMap { Hash32($0) } }
        guard let address = value["address"]?.text.flatMap({ Address($0) }),
            let balance = quantity(value["balance"]),
            let nonce = quantity(value["nonce"])?.asUInt64,
            let codeHash = hash(value["codeHash"]), let storageRoot = hash(value["storageHash"]),
            let proof = nodes(value["accountProof"]), let stored = value["storageProof"]?.elements
        else { return nil }
        var slots: [Slot] = []
        for item in stored {
            guard let key = item["key"]?.text.flatMap({ try? HexForm.slot($0) }),
                let value = quantity(item["value"]), let proof = nodes(item["proof"])
            else { return nil }
            slots.append(Slot(key: key, value: value, proof: proof))
        }
        self.init(
            address: address,
            account: Account(nonce: nonce, balance: balance, codeHash: codeHash),
            storageRoot: storageRoot, proof: proof, slots: slots)
    }
}
