import FoundationEssentials

/// The bytes of checkpoints.
public enum CheckpointCodec {
    private struct Place: Codable {
        let dtype: String
        let shape: [Int]
        let offsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }
    }

    private enum Entry: Decodable {
        case place(Place)
        case notes([String: String])

        init(from decoder: any Decoder) throws {
            if let notes = try? [String: String](from: decoder) {
                self = .notes(notes)
            } else {
                self = .place(try Place(from: decoder))
            }
        }
    }

    /// The bytes of a checkpoint, the same for equal checkpoints.
    ///
    /// - Precondition: the tensors' names differ, and none is `__metadata__`.
    public static func encode(_ checkpoint: Checkpoint) -> [UInt8] {
        precondition(
            Set(checkpoint.tensors.map(\.name) + ["__metadata__"]).count
                == checkpoint.tensors.count + 1, "two tensors of one name")
        var fields: [String] = []
        if !checkpoint.metadata.isEmpty {
            let notes = checkpoint.metadata.sorted { $0.key < $1.key }
                .map { "\(quoted($0.key)):\(quoted($0.value))" }
            fields.append("\"__metadata__\":{\(notes.joined(separator: ","))}")
        }
        var offset = 0
        for tensor in checkpoint.tensors {
            let end = offset + 4 * tensor.values.count
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            fields.append(
                "\(quoted(tensor.name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var header = Array("{\(fields.joined(separator: ","))}".utf8)
        // Spaces at the end align the values to eight bytes, as Python's writer does.
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        var out = WireWriter()
        out.integer(UInt64(header.count))
        out.append(header)
        for tensor in checkpoint.tensors { out.floats(tensor.values) }
        return out.bytes
    }

    /// Reads a checkpoint. Values may be infinite or no numbers; whoever uses them checks.
    public static func decode(_ bytes: [UInt8]) throws(CheckpointError) -> Checkpoint {
        guard bytes.count >= 8 else { throw .truncated }
        let length = bytes.prefix(8).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(CheckpointLimits.maximumHeaderBytes) else {
            throw .headerTooLong(Int(clamping: length))
        }
        guard Int(length) <= bytes.count - 8 else { throw .truncated }
        let start = 8 + Int(length)
        let header = bytes[8..<start]
        guard header.first == UInt8(ascii: "{") else { throw .malformedHeader("no object") }
        let entries: [String: Entry]
        do {
            entries = try JSONDecoder().decode([String: Entry].self, from: Data(header))
        } catch {
            throw .malformedHeader("\(error)")
        }
        var metadata: [String: String] = [:]
        var places: [(name: String, place: Place)] = []
        for (name, entry) in entries {
            switch entry {
            case .notes(let notes):
                guard name == "__metadata__" else { throw .malformedHeader(name) }
                metadata = notes
            case .place(let place):
                guard name != "__metadata__" else { throw .malformedHeader(name) }
                places.append((name, place))
            }
        }
        return Checkpoint(
            tensors: try tensors(places, in: bytes[start...]), metadata: metadata)
    }

    private static func tensors(
        _ places: [(name: String, place: Place)], in data: ArraySlice<UInt8>
    ) throws(CheckpointError) -> [Checkpoint.Tensor] {
        var end = 0
        var tensors: [Checkpoint.Tensor] = []
        let ordered = places.sorted {
            // Empty tensors share an offset with their neighbour.
            ($0.place.offsets.first ?? 0, $0.place.offsets.last ?? 0, $0.name)
                < ($1.place.offsets.first ?? 0, $1.place.offsets.last ?? 0, $1.name)
        }
        for (name, place) in ordered {
            guard place.dtype == "F32" else { throw .unsupportedType(place.dtype, tensor: name) }
            guard place.offsets.count == 2, place.offsets[0] == end,
                place.offsets[1] >= end, place.offsets[1] <= data.count,
                place.shape.count <= CheckpointLimits.maximumAxes
            else { throw .wrongPlace(tensor: name) }
            var count = 1
            for axis in place.shape {
                let (product, overflow) = count.multipliedReportingOverflow(by: axis)
                guard axis >= 0, !overflow else { throw .wrongPlace(tensor: name) }
                count = product
            }
            let size = place.offsets[1] - end
            guard size % 4 == 0, count == size / 4 else { throw .wrongPlace(tensor: name) }
            let from = data.startIndex + end
            let values = stride(from: from, to: from + size, by: 4).map { index in
                Float(
                    bitPattern: UInt32(data[index]) | UInt32(data[index + 1]) << 8
                        | UInt32(data[index + 2]) << 16 | UInt32(data[index + 3]) << 24)
            }
            tensors.append(Checkpoint.Tensor(name: name, shape: place.shape, values: values))
            end = place.offsets[1]
        }
        guard end == data.count else { throw .wrongPlace(tensor: "(the end)") }
        return tensors
    }

    /// A JSON string.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..."\u{1f}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
