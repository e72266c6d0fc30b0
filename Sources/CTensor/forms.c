#include "forms.h"

ctensor_form ctensor_best_form(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
        return ctensor_widest;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return ctensor_wide;
#endif
    return ctensor_baseline;
}
