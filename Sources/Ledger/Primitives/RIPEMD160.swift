/// RIPEMD-160 (Dobbertin, Bosselaers, Preneel 1996): the precompile at 0x03, fingerprints of BIP-32.
enum RIPEMD160 {
    /// The digest's 20 bytes.
    static func hash(_ message: [UInt8]) -> [UInt8] {
        var state = Line(
            a: 0x6745_2301, b: 0xefcd_ab89, c: 0x98ba_dcfe, d: 0x1032_5476, e: 0xc3d2_e1f0)
        var padded = message
        padded.reserveCapacity(message.count + 72)
        padded.append(0x80)
        while padded.count % 64 != 56 { padded.append(0) }
        let bits = UInt64(message.count) * 8
        for byte in 0..<8 { padded.append(UInt8(truncatingIfNeeded: bits >> UInt64(8 * byte))) }
        padded.withUnsafeBytes { bytes in
            steps.withUnsafeBufferPointer { steps in
                for start in stride(from: 0, to: bytes.count, by: 64) {
                    let block = UnsafeRawBufferPointer(rebasing: bytes[start..<start + 64])
                    compress(&state, block, steps)
                }
            }
        }
        return [state.a, state.b, state.c, state.d, state.e].flatMap { word in
            (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
        }
    }

    /// The five words of one line.
    private struct Line {
        var a, b, c, d, e: UInt32

        @inline(__always)
        mutating func advance(_ mixed: UInt32, _ word: UInt32, _ constant: UInt32, _ bits: UInt8) {
            let sum = rotate(a &+ mixed &+ word &+ constant, UInt32(bits)) &+ e
            (a, e, d, c, b) = (e, d, rotate(c, 10), b, sum)
        }

        @inline(__always)
        func mixed(_ function: Int) -> UInt32 {
            switch function {
            case 0: b ^ c ^ d
            case 1: b & c | ~b & d
            case 2: (b | ~c) ^ d
            case 3: b & d | c & ~d
            default: b ^ (c | ~d)
            }
        }
    }

    /// What a step of both lines takes: words by their places, and how far they turn.
    private struct Step {
        var leftWord, rightWord, leftShift, rightShift: UInt8
    }

    private static let steps = (0..<80).map {
        Step(
            leftWord: leftOrder[$0], rightWord: rightOrder[$0], leftShift: leftShifts[$0],
            rightShift: rightShifts[$0])
    }

    /// One block: two lines of 80 steps, in different orders, added up.
    private static func compress(
        _ state: inout Line, _ block: UnsafeRawBufferPointer, _ steps: UnsafeBufferPointer<Step>
    ) {
        @inline(__always)
        func word(_ place: UInt8) -> UInt32 {
            UInt32(
                littleEndian: block.loadUnaligned(
                    fromByteOffset: Int(place) &* 4, as: UInt32.self))
        }
        var left = state
        var right = state
        for group in 0..<5 {
            let (leftConstant, rightConstant) = (leftConstants[group], rightConstants[group])
            for index in 0..<16 {
                let step = steps[16 &* group &+ index]
                left.advance(left.mixed(group), word(step.leftWord), leftConstant, step.leftShift)
                right.advance(
                    right.mixed(4 &- group), word(step.rightWord), rightConstant, step.rightShift)
            }
        }
        state = Line(
            a: state.b &+ left.c &+ right.d, b: state.c &+ left.d &+ right.e,
            c: state.d &+ left.e &+ right.a, d: state.e &+ left.a &+ right.b,
            e: state.a &+ left.b &+ right.c)
    }

    @inline(__always)
    private static func rotate(_ word: UInt32, _ bits: UInt32) -> UInt32 {
        word &<< bits | word &>> (32 &- bits)
    }

    private static let leftConstants: [UInt32] = [
        0, 0x5a82_7999, 0x6ed9_eba1, 0x8f1b_bcdc, 0xa953_fd4e,
    ]
    private static let rightConstants: [UInt32] = [
        0x50a2_8be6, 0x5c4d_d124, 0x6d70_3ef3, 0x7a6d_76e9, 0,
    ]
    private static let leftOrder: [UInt8] = [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8,
        3, 10, 14, 4, 9, 15, 8, 1, 2, 7, 0, 6, 13, 11, 5, 12,
        1, 9, 11, 10, 0, 8, 12, 4, 13, 3, 7, 15, 14, 5, 6, 2,
        4, 0, 5, 9, 7, 12, 2, 10, 14, 1, 3, 8, 11, 6, 15, 13,
    ]
    private static let rightOrder: [UInt8] = [
        5, 14, 7, 0, 9, 2, 11, 4, 13, 6, 15, 8, 1, 10, 3, 12,
        6, 11, 3, 7, 0, 13, 5, 10, 14, 15, 8, 12, 4, 9, 1, 2,
        15, 5, 1, 3, 7, 14, 6, 9, 11, 8, 12, 2, 10, 0, 4, 13,
        8, 6, 4, 1, 3, 11, 15, 0, 5, 12, 2, 13, 9, 7, 10, 14,
        12, 15, 10, 4, 1, 5, 8, 7, 6, 2, 13, 14, 0, 3, 9, 11,
    ]
    private static let leftShifts: [UInt8] = [
        11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8,
        7, 6, 8, 13, 11, 9, 7, 15, 7, 12, 15, 9, 11, 7, 13, 12,
        11, 13, 6, 7, 14, 9, 13, 15, 14, 8, 13, 6, 5, 12, 7, 5,
        11, 12, 14, 15, 14, 15, 9, 8, 9, 14, 5, 6, 8, 6, 5, 12,
        9, 15, 5, 11, 6, 8, 13, 12, 5, 12, 13, 14, 11, 8, 5, 6,
    ]
    private static let rightShifts: [UInt8] = [
        8, 9, 9, 11, 13, 15, 15, 5, 7, 7, 8, 11, 14, 14, 12, 6,
        9, 13, 15, 7, 12, 8, 9, 11, 7, 7, 12, 7, 6, 15, 13, 11,
        9, 7, 15, 11, 8, 6, 6, 14, 12, 13, 5, 14, 13, 13, 7, 5,
        15, 5, 8, 11, 14, 14, 6, 14, 6, 9, 12, 9, 12, 5, 15, 8,
        8, 5, 12, 9, 12, 5, 14, 6, 8, 13, 6, 5, 15, 13, 11, 11,
    ]
}
