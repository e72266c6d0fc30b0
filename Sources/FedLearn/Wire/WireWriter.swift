import PeerKit

/// Appends the little-endian forms that ``WireReader`` reads.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func append(_ values: some Sequence<UInt8>) { bytes.append(contentsOf: values) }

    /// An unsigned number as a varint of the multiformats specification.
    ///
    /// - Precondition: `value >= 0`.
    mutating func varint(_ value: Int) { VarInt.append(UInt64(value), to: &bytes) }

    mutating func integer(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func float(_ value: Float) { integer(value.bitPattern) }

    mutating func floats(_ values: [Float]) {
        bytes.reserveCapacity(bytes.count + 4 * values.count)
        for value in values { float(value) }
    }

    mutating func words(_ values: [UInt32]) {
        #if _endian(little)
        values.withUnsafeBytes { bytes.append(contentsOf: $0) }
        #else
        for value in values { integer(value) }
        #endif
    }
}
