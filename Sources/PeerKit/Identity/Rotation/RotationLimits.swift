/// Every bound of key rotation, with its reason.
public struct RotationLimits: Sendable, Hashable {
    /// How long a certificate may be shown to peers that have not seen it: a year, so that a peer
    /// that was away for long still finds the thread.
    public var maximumValidity = Duration.seconds(366 * 24 * 3600)
    /// How far clocks may be apart.
    public var clockTolerance = Duration.seconds(600)
    /// Certificates in one chain: four years of the default period.
    public var maximumChain = 16
    /// Bytes of one certificate: two keys, two signatures, some numbers.
    public var maximumCertificateBytes = 1024
    /// Revocations told in one message, one for each key of the chain.
    public var maximumRevocations = 16
    /// Keys whose successor is remembered. 4096 certificates take 4 MiB.
    public var maximumLinks = 4096
    /// Revoked keys that are remembered; never forgotten before links are.
    public var maximumRevoked = 4096
    /// Signatures verified for one peer's message: two for each certificate.
    public var timeout = Duration.seconds(10)

    /// The defaults.
    public init() {}

    /// Bytes of one message.
    var maximumMessageBytes: Int {
        (maximumChain + maximumRevocations) * (maximumCertificateBytes + 8) + 64
    }
}
