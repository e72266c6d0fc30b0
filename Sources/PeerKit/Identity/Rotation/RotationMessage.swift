/// What peers tell each other in `/psic/rotation/1.0.0`: the way their identity has come, and keys
/// that are revoked.
///
///     message History { repeated bytes rotations = 1; repeated bytes revocations = 2; }
struct RotationMessage: Sendable, Hashable {
    /// From the first key to the present one.
    var chain: [[UInt8]] = []
    var revocations: [[UInt8]] = []
    /// Only on the owner's disk, see ``KeyRing/History``; nobody else's are looked at.
    var created: UInt64?
    var account: UInt64?
    var rotation: UInt64?

    var bytes: [UInt8] {
        var writer = WireWriter()
        for certificate in chain { writer.write(certificate, tag: 1) }
        for certificate in revocations { writer.write(certificate, tag: 2) }
        for (tag, number) in [(3, created), (4, account), (5, rotation)] as [(UInt64, UInt64?)] {
            if let number { writer.write(number, tag: tag) }
        }
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
            bytes, maximumFields: limits.maximumChain + limits.maximumRevocations + 3)
        do throws(WireError) {
            while let field = try fields.next() {
                switch (field.tag, field.value) {
                case (1, .bytes(let range)): chain.append(Array(fields[range]))
                case (2, .bytes(let range)): revocations.append(Array(fields[range]))
                case (3, .number(let number)): created = number
                case (4, .number(let number)): account = number
                case (5, .number(let number)): rotation = number
                default: continue
                }
            }
        } catch {
            throw .malformed
        }
        guard chain.count <= limits.maximumChain,
            revocations.count <= limits.maximumRevocations
        else { throw .brokenChain }
    }
}
