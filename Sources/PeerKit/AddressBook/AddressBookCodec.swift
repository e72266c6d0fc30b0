import Collections

/// The stored form of an entry: a protobuf message under the peer's binary ID.
///
///     1 envelope · 2 addresses {1 address, 2 expiry}* · 3 successes · 4 failures ·
///     5 failures in a row · 6 last success · 7 last failure · 8 last seen · 9 worked · 10 learned
enum AddressBookCodec {
    static func encode(_ entry: AddressBookEntry) -> [UInt8] {
        var writer = WireWriter()
        if let certificate = entry.certificate {
            writer.write(certificate.envelope, tag: 1)
            writer.write(certificate.learned, tag: 10)
        }
        for (address, expiry) in entry.uncertified {
            var inner = WireWriter()
            inner.write(address.bytes, tag: 1)
            inner.write(expiry, tag: 2)
            writer.write(inner.bytes, tag: 2)
        }
        let numbers = [
            entry.successes, entry.failures, entry.failuresInARow, entry.lastSuccess,
            entry.lastFailure, entry.lastSeen,
        ]
        for (index, number) in numbers.enumerated() where number > 0 {
            writer.write(number, tag: UInt64(3 + index))
        }
        if let worked = entry.worked { writer.write(worked.bytes, tag: 9) }
        return writer.bytes
    }

    /// Reads an entry and verifies the record in it, as a disk may lie too.
    ///
    /// - Returns: `nil` for bytes that are not an entry of `peer` within the limits.
    static func decode(
        _ bytes: [UInt8], of peer: PeerID, limits: AddressBookLimits
    ) -> AddressBookEntry? {
        guard bytes.count <= limits.maximumStoredBytes else { return nil }
        var fields = WireFields(bytes, maximumFields: 16 + limits.maximumAddressesPerPeer)
        var entry = AddressBookEntry()
        var learned: UInt64 = 0
        do throws(WireError) {
            while let field = try fields.next() {
                switch (field.tag, field.value) {
                case (1, .bytes(let range)):
                    entry.certificate = certificate(
                        Array(fields[range]), of: peer, limits: limits)
                    if entry.certificate == nil { return nil }
                case (2, .bytes(let range)):
                    try readAddress(
                        fields.message(in: range, maximumFields: 4), into: &entry)
                case (3, .number(let number)): entry.successes = number
                case (4, .number(let number)): entry.failures = number
                case (5, .number(let number)): entry.failuresInARow = number
                case (6, .number(let number)): entry.lastSuccess = number
                case (7, .number(let number)): entry.lastFailure = number
                case (8, .number(let number)): entry.lastSeen = number
                case (9, .bytes(let range)):
                    entry.worked = try? Multiaddr(bytes: Array(fields[range]))
                case (10, .number(let number)): learned = number
                default: break
                }
            }
        } catch {
            return nil
        }
        entry.certificate?.learned = learned
        guard entry.uncertified.count <= limits.maximumAddressesPerPeer else { return nil }
        return entry
    }

    private static func readAddress(
        _ message: WireFields, into entry: inout AddressBookEntry
    ) throws(WireError) {
        var fields = message
        var address: Multiaddr?
        var expiry: UInt64 = 0
        while let field = try fields.next() {
            switch (field.tag, field.value) {
            case (1, .bytes(let range)):
                address = try? Multiaddr(bytes: Array(fields[range]))
            case (2, .number(let number)): expiry = number
            default: break
            }
        }
        if let address { entry.uncertified[address] = expiry }
    }

    /// Opens and checks a record of `peer`.
    static func certificate(
        _ envelope: [UInt8], of peer: PeerID, limits: AddressBookLimits
    ) -> AddressBookEntry.Certificate? {
        guard envelope.count <= limits.maximumRecordBytes,
            let record = try? PeerRecord.open(envelope), record.peerID == peer
        else { return nil }
        return AddressBookEntry.Certificate(
            sequence: record.sequence,
            addresses: Array(record.addresses.prefix(limits.maximumAddressesPerPeer)),
            envelope: envelope, learned: 0)
    }
}
