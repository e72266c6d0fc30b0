/// Half-bytes of a key and their compact encoding (Yellow Paper, appendix C).
package enum NibblePath {
    /// Two nibbles for each byte, the upper first.
    static func nibbles(of key: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(key.count * 2)
        for byte in key {
            out.append(byte >> 4)
            out.append(byte & 15)
        }
        return out
    }

    /// The hex-prefix encoding: a flag for leaves, then the nibbles, made even.
    package static func compact(_ path: some RandomAccessCollection<UInt8>, isLeaf: Bool) -> [UInt8]
    {
        let flag: UInt8 = isLeaf ? 0x20 : 0
        var out: [UInt8] = []
        out.reserveCapacity(path.count / 2 + 1)
        var rest = path[...]
        if path.count.isMultiple(of: 2) {
            out.append(flag)
        } else if let first = rest.popFirst() {
            out.append(flag | 0x10 | first)
        }
        while let high = rest.popFirst(), let low = rest.popFirst() { out.append(high << 4 | low) }
        return out
    }

    /// Reads the hex-prefix encoding.
    static func expand(
        _ bytes: ArraySlice<UInt8>
    ) throws(RLPError) -> (path: [UInt8], isLeaf: Bool) {
        guard let first = bytes.first, first < 0x40, first & 0x10 != 0 || first & 0x0f == 0 else {
            throw .unexpectedKind
        }
        var path: [UInt8] = []
        path.reserveCapacity(bytes.count * 2)
        if first & 0x10 != 0 { path.append(first & 15) }
        for byte in bytes.dropFirst() {
            path.append(byte >> 4)
            path.append(byte & 15)
        }
        return (path, first & 0x20 != 0)
    }

    /// How many nibbles two paths share from their start.
    static func shared(_ a: ArraySlice<UInt8>, _ b: [UInt8]) -> Int {
        zip(a, b).prefix { $0 == $1 }.count
    }
}
