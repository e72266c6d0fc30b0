extension Address {
    /// The account of a public key: the last 20 bytes of the Keccak-256 of its 64 bytes.
    public init(_ key: Secp256k1PublicKey) {
        self.init(truncating: Keccak256.hash(key.uncompressed.dropFirst()).word)
    }
}
