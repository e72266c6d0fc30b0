#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// 0x20, 0x37 to 0x3e and 0x51 to 0x5e, as far as they touch memory.
///
/// Each works on the frame's own gas: the loop writes it back before and reads it again after.
enum MemoryInstructions {
    @inline(__always)
    static func load(_ frame: FramePointer, _ sp: StackPointer) -> Bool {
        guard frame.pointee.expand(sp[-1], 32) else { return false }
        sp[-1] = UInt256(loading: frame.pointee.memory.base + Int(sp[-1].w0))
        return true
    }

    @inline(__always)
    static func store(_ frame: FramePointer, _ sp: StackPointer) -> Bool {
        guard frame.pointee.expand(sp[-1], 32) else { return false }
        sp[-2].store(to: frame.pointee.memory.base + Int(sp[-1].w0))
        return true
    }

    @inline(__always)
    static func storeByte(_ frame: FramePointer, _ sp: StackPointer) -> Bool {
        guard frame.pointee.expand(sp[-1], 1) else { return false }
        frame.pointee.memory.base[Int(sp[-1].w0)] = UInt8(truncatingIfNeeded: sp[-2].w0)
        return true
    }

    /// KECCAK256.
    @inline(never)
    static func hash(_ frame: FramePointer, _ sp: StackPointer) -> Bool {
        guard frame.pointee.expand(sp[-1], sp[-2]) else { return false }
        let count = Int(sp[-2].w0)
        guard frame.pointee.charge(GasCost.words(count) * GasCost.hashWord) else { return false }
        let start = count == 0 ? 0 : Int(sp[-1].w0)
        sp[-2] =
            Keccak256.hash(
                UnsafeRawBufferPointer(
                    start: frame.pointee.memory.base + start, count: count)
            ).word
        return true
    }

    /// MCOPY (EIP-5656): both ranges may overlap, and both are paid for as memory.
    @inline(never)
    static func move(_ frame: FramePointer, _ sp: StackPointer) -> Bool {
        let (target, source, count) = (sp[-1], sp[-2], sp[-3])
        guard frame.pointee.expand(max(target, source), count),
            frame.pointee.charge(GasCost.words(Int(count.w0)) * GasCost.copyWord)
        else { return false }
        guard count.w0 > 0 else { return true }
        let base = frame.pointee.memory.base
        memmove(base + Int(target.w0), base + Int(source.w0), Int(count.w0))
        return true
    }

    /// Copies from bytes with zeros behind their end: CALLDATACOPY, CODECOPY, EXTCODECOPY.
    @inline(__always)
    static func copy(
        _ frame: FramePointer, _ sp: StackPointer, from source: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        let (target, start, count) = (sp[-1], sp[-2], sp[-3])
        guard frame.pointee.expand(target, count),
            frame.pointee.charge(GasCost.words(Int(count.w0)) * GasCost.copyWord)
        else { return false }
        guard count.w0 > 0 else { return true }
        frame.pointee.memory.copy(source, from: start, to: Int(target.w0), count: Int(count.w0))
        return true
    }

    @inline(never)
    static func copyInput(_ frame: FramePointer, _ sp: StackPointer) -> Bool {
        let input = frame.pointee.input
        return input.withUnsafeBufferPointer { copy(frame, sp, from: $0) }
    }

    @inline(never)
    static func copyCode(_ frame: FramePointer, _ sp: StackPointer) -> Bool {
        let code = frame.pointee.code
        return copy(
            frame, sp, from: UnsafeBufferPointer(start: code.start, count: code.count))
    }

    /// RETURNDATACOPY (EIP-211): beyond the end is an error, not zeros.
    @inline(never)
    static func copyReturnData(_ frame: FramePointer, _ sp: StackPointer) -> Halt {
        let data = frame.pointee.returnData
        let (end, overflow) = sp[-2].addingReportingOverflow(sp[-3])
        guard !overflow, end <= UInt256(count: data.count) else { return .returnDataOutOfBounds }
        return data.withUnsafeBufferPointer { copy(frame, sp, from: $0) } ? .proceed : .outOfGas
    }

    /// CALLDATALOAD.
    @inline(__always)
    static func loadInput(_ frame: FramePointer, _ sp: StackPointer) {
        let offset = sp[-1]
        let count = frame.pointee.input.count
        guard offset.fitsUInt64, offset.w0 < UInt64(count) else {
            sp[-1] = .zero
            return
        }
        let start = Int(offset.w0)
        sp[-1] = frame.pointee.input.withUnsafeBufferPointer { input in
            guard let base = input.baseAddress else { return .zero }
            if start &+ 32 <= count { return UInt256(loading: base + start) }
            var word = UInt256.zero
            for place in start..<count { word = word << 8 | UInt256(UInt64(base[place])) }
            return word << UInt64(8 * (32 - (count - start)))
        }
    }
}
