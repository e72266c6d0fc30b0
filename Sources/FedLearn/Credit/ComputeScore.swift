/// How much a node contributes as a computer, from 0 to 10,000, in integers only, so that everybody who
/// has the same receipts has the same score.
///
/// 30 % utilisation, 30 % throughput beside others of the same class, 20 % time online on a logarithmic
/// scale up to 30 days, 20 % accepted work. Division rounds down everywhere.
///
/// What is measured must come from accepted receipts: a node that says it has a fast processor has said
/// nothing.
public struct ComputeScore: Hashable, Codable, Sendable {
    /// The best score.
    public static let maximum: UInt64 = 10_000
    /// Hours online beyond which there is no more to be had: 30 days.
    public static let fullHours: UInt64 = 720
    /// What the class median counts for processors without an accelerator: three tenths. So such a node
    /// needs three tenths of the median throughput to have all of that part.
    public static let processorShare: (numerator: UInt64, denominator: UInt64) = (3, 10)
    /// Jobs that everybody is taken to have done besides: eight of ten well. So one failure does not ruin
    /// a newcomer, and one success makes no expert.
    public static let priorJobs: (accepted: UInt64, assigned: UInt64) = (8, 10)

    /// What a node's class is measured by.
    public enum Class: String, Codable, Sendable, CaseIterable {
        /// Has an accelerator.
        case accelerator
        /// Has none; see ``processorShare``.
        case processor
    }

    /// What is known of a node.
    public struct Record: Hashable, Codable, Sendable {
        /// The node's class.
        public var hardware: Class
        /// Seconds at work, of ``secondsAvailable``.
        public var secondsBusy: UInt64
        /// Seconds in which it could have worked.
        public var secondsAvailable: UInt64
        /// Units of accepted work per second, in any unit that the class has in common.
        public var throughput: UInt64
        /// The median of accelerators' throughput, in the same unit.
        public var medianThroughput: UInt64
        /// Whole hours online without a break, up to now.
        public var hoursOnline: UInt64
        /// Jobs that were given to it in the last 24 hours.
        public var jobsAssigned: UInt64
        /// How many of them were done and accepted.
        public var jobsAccepted: UInt64

        /// A record.
        public init(
            hardware: Class, secondsBusy: UInt64, secondsAvailable: UInt64, throughput: UInt64,
            medianThroughput: UInt64, hoursOnline: UInt64, jobsAssigned: UInt64,
            jobsAccepted: UInt64
        ) {
            self.hardware = hardware
            self.secondsBusy = secondsBusy
            self.secondsAvailable = secondsAvailable
            self.throughput = throughput
            self.medianThroughput = medianThroughput
            self.hoursOnline = hoursOnline
            self.jobsAssigned = jobsAssigned
            self.jobsAccepted = jobsAccepted
        }
    }

    /// 0 to 10,000: the part of the time at work.
    public let utilisation: UInt64
    /// 0 to 10,000: beside the median.
    public let throughput: UInt64
    /// 0 to 10,000: time online.
    public let uptime: UInt64
    /// 0 to 10,000: accepted work.
    public let completion: UInt64

    /// Scores a record. Every record has a score: impossible numbers (more busy than available, more
    /// accepted than assigned) count as the best possible, no numbers as none.
    public init(_ record: Record) {
        utilisation = Self.share(record.secondsBusy, of: record.secondsAvailable)
        throughput = Self.throughput(record)
        uptime = Self.uptime(hours: record.hoursOnline)
        completion = Self.share(
            UInt128(min(record.jobsAccepted, record.jobsAssigned))
                + UInt128(Self.priorJobs.accepted),
            of: UInt128(record.jobsAssigned) + UInt128(Self.priorJobs.assigned))
    }

    /// The score, 0 to 10,000.
    public var value: UInt64 {
        (30 * utilisation + 30 * throughput + 20 * uptime + 20 * completion) / 100
    }

    private static func throughput(_ record: Record) -> UInt64 {
        guard record.hardware == .processor else {
            return share(record.throughput, of: record.medianThroughput)
        }
        return share(
            UInt128(record.throughput) * UInt128(processorShare.denominator),
            of: UInt128(record.medianThroughput) * UInt128(processorShare.numerator))
    }

    /// 10,000 · log₂(1 + h) / log₂(721), rounded down.
    static func uptime(hours: UInt64) -> UInt64 {
        let part = IntegerLogarithm.log2(1 + min(hours, fullHours))
        return share(part, of: IntegerLogarithm.log2(1 + fullHours))
    }

    /// 10,000 · part / whole, at most 10,000; 0 of nothing.
    private static func share(_ part: UInt64, of whole: UInt64) -> UInt64 {
        share(UInt128(part), of: UInt128(whole))
    }

    private static func share(_ part: UInt128, of whole: UInt128) -> UInt64 {
        guard whole > 0 else { return 0 }
        return UInt64(min(part, whole) * UInt128(maximum) / whole)
    }
}

/// Logarithms without floating point, the same on every machine.
enum IntegerLogarithm {
    /// Bits behind the binary point.
    static let fractionBits = 32

    /// log₂ of a positive number in units of 2⁻³², rounded down; 0 for 0.
    ///
    /// The fraction comes bit by bit: squaring doubles a logarithm, and whether the square has reached 2
    /// is the next bit (Knuth, volume 1, §1.2.2, exercise 25). The mantissa has 63 bits and loses less
    /// than one unit in each of 32 squarings, so that the last bits may be one too low, never too high.
    static func log2(_ value: UInt64) -> UInt64 {
        guard value > 0 else { return 0 }
        let whole = 63 - value.leadingZeroBitCount
        // In [1, 2) with 63 fraction bits.
        var mantissa = value << UInt64(63 - whole)
        var result = UInt64(whole)
        for _ in 0..<fractionBits {
            let square = mantissa.multipliedFullWidth(by: mantissa)
            // The square has 126 fraction bits; its top bit says whether it is 2 or more.
            result <<= 1
            if square.high >> 63 == 1 {
                result |= 1
                mantissa = square.high
            } else {
                mantissa = square.high << 1 | square.low >> 63
            }
        }
        return result
    }
}
