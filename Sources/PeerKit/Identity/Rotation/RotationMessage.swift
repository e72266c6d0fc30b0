/// What peers tell each other in `/psic/rotation/1.0.0`: the way their identity has come, and keys
/// that are revoked.
///
///     message History { repeated bytes rotations = 1; repeated bytes revocations = 2; }
struct RotationMessage: Sendable, Hashable {
    /// From the first key to the present one.
    var chain: [[UInt8]] = []
    var revocations: [[UInt8]] = []

    var bytes: [UInt8] {
        var writer = WireWriter()
        for certificate in chain { writer.write(certificate, tag: 1) }
        for certificate in revocations { writer.write(certificate, tag: 2) }
        return writer.bytes
    }

    init(chain: [[UInt8]] = [], revocations: [[UInt8]] = []) {
        self.chain = chain
        self.revocations = revocations
    }

    /// Reads a message without opening the certificates.
    init(_ bytes: [UInt8], limits: RotationLimits) throws(RotationError) {
        guard bytes.count <= limits.maximumMessageBytes else {
            throw .tooLong(byteCount: bytes.count, limit: limits.maximumMessageBytes)
        }
        var fields = WireFields(
            bytes, maximumFields: limits.maximumChain + limits.maximumRevocations)
        do throws(WireError) {
            while let field = try fields.next() {
                guard let certificate = field.bytes else { continue }
                if field.tag == 1 { chain.append(certificate) }
                if field.tag == 2 { revocations.append(certificate) }
            }
        } catch {
            throw .malformed
        }
        guard chain.count <= limits.maximumChain,
            revocations.count <= limits.maximumRevocations
        else { throw .brokenChain }
    }
}
