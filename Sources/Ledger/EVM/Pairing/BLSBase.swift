/// The base field of BLS12-381 (EIP-2537), the integers modulo its 381-bit prime.
typealias BLSBase = PrimeElement<6, BLSParameters>

/// The prime of BLS12-381.
enum BLSParameters: PrimeParameters {
    @inline(__always) static var inverseLimb: UInt64 { 0x89f3_fffc_fffc_fffd }

    @inline(__always)
    static func modulus(_ limb: Int) -> UInt64 {
        switch limb {
        case 0: 0xb9fe_ffff_ffff_aaab
        case 1: 0x1eab_fffe_b153_ffff
        case 2: 0x6730_d2a0_f6b0_f624
        case 3: 0x6477_4b84_f385_12bf
        case 4: 0x4b1b_a7b6_434b_acd7
        default: 0x1a01_11ea_397f_e69a
        }
    }

    @inline(__always)
    static func one(_ limb: Int) -> UInt64 {
        switch limb {
        case 0: 0x7609_0000_0002_fffd
        case 1: 0xebf4_000b_c40c_0002
        case 2: 0x5f48_9857_53c7_58ba
        case 3: 0x77ce_5853_7052_5745
        case 4: 0x5c07_1a97_a256_ec6d
        default: 0x15f6_5ec3_fa80_e493
        }
    }

    @inline(__always)
    static func square(_ limb: Int) -> UInt64 {
        switch limb {
        case 0: 0xf4df_1f34_1c34_1746
        case 1: 0x0a76_e6a6_09d1_04f1
        case 2: 0x8de5_476c_4c95_b6d5
        case 3: 0x67eb_88a9_939d_83c0
        case 4: 0x9a79_3e85_b519_952d
        default: 0x1198_8fe5_92ca_e3aa
        }
    }
}
