#include "forms.h"

#include <string.h>

// Comparisons as the instructions minps and maxps have them: of two equal values the second.
#define DEFINE_SORT(FORM, ATTRIBUTE)                                                               \
    ATTRIBUTE static void sort_##FORM(                                                             \
        const float *const *rows, size_t row_count, size_t offset, const uint16_t *pairs,          \
        size_t pair_count, float *block) {                                                         \
        for (size_t row = 0; row < row_count; row++)                                               \
            memcpy(                                                                                \
                block + row * CTENSOR_COLUMNS, rows[row] + offset,                                 \
                CTENSOR_COLUMNS * sizeof(float));                                                  \
        for (size_t pair = 0; pair < pair_count; pair++) {                                         \
            float *restrict lower = block + (size_t)pairs[2 * pair] * CTENSOR_COLUMNS;             \
            float *restrict upper = block + (size_t)pairs[2 * pair + 1] * CTENSOR_COLUMNS;         \
            for (size_t k = 0; k < CTENSOR_COLUMNS; k++) {                                         \
                float a = lower[k], b = upper[k];                                                  \
                lower[k] = a < b ? a : b;                                                          \
                upper[k] = a > b ? a : b;                                                          \
            }                                                                                      \
        }                                                                                          \
    }

DEFINE_SORT(baseline, )
#if defined(__x86_64__)
DEFINE_SORT(wide, WIDE)
DEFINE_SORT(widest, WIDEST)
#endif

void ctensor_sort_columns(
    const float *const *rows, size_t row_count, size_t offset, const uint16_t *pairs,
    size_t pair_count, float *block, ctensor_form form) {
    CHOOSE(form, sort, rows, row_count, offset, pairs, pair_count, block)
}
