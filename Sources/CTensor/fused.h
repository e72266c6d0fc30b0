// Included where products are fused with sums, on purpose and everywhere alike.
#ifndef CTENSOR_FUSED_H
#define CTENSOR_FUSED_H

#include "forms.h"

#include <string.h>

// x * y + z with one rounding: IEEE 754's fusedMultiplyAdd, which is as exactly defined as a
// sum, so that its bits are the same wherever it is computed. What may differ is only whether a
// compiler fuses by itself, and it may not (forms.h).
#define FUSE(x, y, z) __builtin_elementwise_fma(x, y, z)

#if defined(__x86_64__) && !defined(__FMA__)
// For x86-64 processors without the instruction, all from before 2014. The product of two floats
// is exact in double precision. The sum is rounded to odd there: if it is inexact, the last bit
// is set, of the two neighbours the odd one is taken. Rounding that to single precision is
// rounding the exact value, as double precision has more than two bits more (Boldo and Melquiond
// 2008, "Emulation of a FMA and Correctly Rounded Sums: Proved Algorithms Using Rounding to
// Odd", theorem 1).
typedef double double4 __attribute__((vector_size(32)));
typedef long long long4 __attribute__((vector_size(32)));

INLINE float4 fuse_emulated(float4 x, float4 y, float4 z) {
    double4 product = __builtin_convertvector(x, double4) * __builtin_convertvector(y, double4);
    double4 addend = __builtin_convertvector(z, double4);
    double4 sum = product + addend;
    // What the sum has lost, exactly (Knuth, "The Art of Computer Programming", 4.2.2, theorem B).
    double4 part = sum - product;
    double4 error = (product - (sum - part)) + (addend - part);
    // An even sum moves one step towards the exact value: away from zero if the error has its sign.
    // Comparisons are -1 where they hold, and never hold for infinity's error, which is no number.
    long4 bits = (long4)sum;
    long4 lost = (error > 0) | (error < 0);
    long4 outwards = (error > 0) == (sum > 0);
    long4 towards = (outwards & 1) | (~outwards & -1);
    bits += lost & ((bits & 1) - 1) & towards;
    return __builtin_convertvector((double4)bits, float4);
}
#define FUSE_BASELINE(x, y, z) fuse_emulated(x, y, z)
#else
#define FUSE_BASELINE(x, y, z) FUSE(x, y, z)
#endif

#endif
