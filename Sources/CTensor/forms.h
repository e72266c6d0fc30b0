// Included by every source file of this target: how one text becomes three forms.
#ifndef CTENSOR_FORMS_H
#define CTENSOR_FORMS_H

#include "ctensor.h"

// Without this, compilers may fuse a product with a sum where the processor can. Where a product
// is to be fused, `fuse` (fused.h) says so.
#pragma STDC FP_CONTRACT OFF

typedef float float4 __attribute__((vector_size(16)));
typedef float float8 __attribute__((vector_size(32)));
typedef float float16 __attribute__((vector_size(64)));

#define INLINE static inline __attribute__((always_inline))
#define UNROLLED(I, N) _Pragma("clang loop unroll(full)") for (int I = 0; I < (N); I++)

#if defined(__x86_64__)
#define WIDE __attribute__((target("avx2,fma,prefer-256-bit")))
#define WIDEST __attribute__((target("avx512f,avx512vl,avx512dq")))
// Calls FUNCTION_baseline, FUNCTION_wide or FUNCTION_widest.
#define CHOOSE(form, function, ...)                                                               \
    switch (form) {                                                                               \
    case ctensor_widest: function##_widest(__VA_ARGS__); break;                                   \
    case ctensor_wide: function##_wide(__VA_ARGS__); break;                                       \
    default: function##_baseline(__VA_ARGS__); break;                                             \
    }
#else
#define CHOOSE(form, function, ...)                                                               \
    do {                                                                                          \
        (void)(form);                                                                             \
        function##_baseline(__VA_ARGS__);                                                         \
    } while (0)
#endif

#endif
