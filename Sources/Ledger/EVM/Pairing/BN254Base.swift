/// The base field of BN254 (EIP-196), the integers modulo its 254-bit prime.
typealias BN254Base = PrimeElement<4, BN254Parameters>

/// The prime of BN254.
enum BN254Parameters: PrimeParameters {
    @inline(__always) static var inverseLimb: UInt64 { 0x87d2_0782_e486_6389 }

    @inline(__always)
    static func modulus(_ limb: Int) -> UInt64 {
        switch limb {
        case 0: 0x3c20_8c16_d87c_fd47
        case 1: 0x9781_6a91_6871_ca8d
        case 2: 0xb850_45b6_8181_585d
        default: 0x3064_4e72_e131_a029
        }
    }

    @inline(__always)
    static func one(_ limb: Int) -> UInt64 {
        switch limb {
        case 0: 0xd35d_438d_c58f_0d9d
        case 1: 0x0a78_eb28_f5c7_0b3d
        case 2: 0x666e_a36f_7879_462c
        default: 0x0e0a_77c1_9a07_df2f
        }
    }

    @inline(__always)
    static func square(_ limb: Int) -> UInt64 {
        switch limb {
        case 0: 0xf32c_fc5b_538a_fa89
        case 1: 0xb5e7_1911_d445_01fb
        case 2: 0x47ab_1eff_0a41_7ff6
        default: 0x06d8_9f71_cab8_351f
        }
    }
}
