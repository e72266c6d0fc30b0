#include "forms.h"

#include <string.h>

// A pair's squared differences are added in 16 lanes, coordinate k of a block in lane k mod 16. A
// tile of rows against rows shares the loads, and its accumulators stay in registers: the number of
// rows in a tile is chosen for the registers that a form has.

enum { lanes = 16 };

// ((l0 + l8) + (l4 + l12)) + … : halves are added until one lane is left.
INLINE double total(const float *lane) {
    float8 low, high;
    memcpy(&low, lane, sizeof low);
    memcpy(&high, lane + 8, sizeof high);
    float8 eight = low + high;
    float4 four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3) +
                  __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
    return (double)((four[0] + four[2]) + (four[1] + four[3]));
}

// One tile over one block: VECTOR holds WIDTH lanes, so 16 / WIDTH passes make up the 16 lanes.
#define DEFINE_TILE(NAME, VECTOR, WIDTH, ROWS, COLUMNS)                                            \
    INLINE void NAME(                                                                              \
        const float *const *a, const float *const *b, size_t count, double *sums, size_t stride) { \
        float lane[ROWS * COLUMNS][lanes] __attribute__((aligned(64)));                            \
        size_t whole = count - count % lanes;                                                      \
        for (size_t first = 0; first < lanes; first += WIDTH) {                                    \
            VECTOR sum[ROWS][COLUMNS];                                                             \
            _Pragma("clang loop unroll(full)") for (int i = 0; i < ROWS; i++)                      \
                _Pragma("clang loop unroll(full)") for (int j = 0; j < COLUMNS; j++)               \
                    sum[i][j] = (VECTOR){0};                                                       \
            for (size_t k = first; k < whole; k += lanes) {                                        \
                VECTOR x[ROWS], y;                                                                 \
                _Pragma("clang loop unroll(full)") for (int i = 0; i < ROWS; i++)                  \
                    memcpy(&x[i], a[i] + k, sizeof y);                                             \
                _Pragma("clang loop unroll(full)") for (int j = 0; j < COLUMNS; j++) {             \
                    memcpy(&y, b[j] + k, sizeof y);                                                \
                    _Pragma("clang loop unroll(full)") for (int i = 0; i < ROWS; i++) {            \
                        VECTOR difference = x[i] - y;                                              \
                        VECTOR square = difference * difference;                                   \
                        sum[i][j] = sum[i][j] + square;                                            \
                    }                                                                              \
                }                                                                                  \
            }                                                                                      \
            _Pragma("clang loop unroll(full)") for (int i = 0; i < ROWS; i++)                      \
                _Pragma("clang loop unroll(full)") for (int j = 0; j < COLUMNS; j++)               \
                    memcpy(&lane[i * COLUMNS + j][first], &sum[i][j], sizeof sum[i][j]);           \
        }                                                                                          \
        for (int i = 0; i < ROWS; i++)                                                             \
            for (int j = 0; j < COLUMNS; j++) {                                                    \
                float *own = lane[i * COLUMNS + j];                                                \
                for (size_t k = whole; k < count; k++) {                                           \
                    float difference = a[i][k] - b[j][k];                                          \
                    float square = difference * difference;                                        \
                    own[k - whole] = own[k - whole] + square;                                      \
                }                                                                                  \
                sums[(size_t)i * stride + (size_t)j] += total(own);                                \
            }                                                                                      \
    }

// All pairs: full tiles above the diagonal, single pairs at its edge and at the end of the rows.
#define DEFINE_SQUARES(FORM, ATTRIBUTE, VECTOR, WIDTH, SIZE)                                       \
    DEFINE_TILE(tile_##FORM, VECTOR, WIDTH, SIZE, SIZE)                                            \
    DEFINE_TILE(column_##FORM, VECTOR, WIDTH, SIZE, 1)                                             \
    DEFINE_TILE(pair_##FORM, VECTOR, WIDTH, 1, 1)                                                  \
    ATTRIBUTE static void squares_block_##FORM(                                                    \
        const float *const *rows, size_t n, size_t count, double *sums) {                          \
        for (size_t i = 0; i < n; i += SIZE) {                                                     \
            size_t height = n - i < SIZE ? n - i : SIZE;                                           \
            for (size_t p = i; p < i + height; p++)                                                \
                for (size_t q = p + 1; q < i + height; q++)                                        \
                    pair_##FORM(rows + p, rows + q, count, sums + p * n + q, n);                   \
            size_t j = i + height;                                                                 \
            for (; j + SIZE <= n; j += SIZE)                                                       \
                tile_##FORM(rows + i, rows + j, count, sums + i * n + j, n);                       \
            for (; j < n; j++) column_##FORM(rows + i, rows + j, count, sums + i * n + j, n);      \
        }                                                                                          \
    }

DEFINE_SQUARES(baseline, , float4, 4, 3)
#if defined(__x86_64__)
DEFINE_SQUARES(wide, WIDE, float8, 8, 3)
DEFINE_SQUARES(widest, WIDEST, float16, 16, 4)
#endif

void ctensor_add_squares(
    const float *const *rows, size_t row_count, size_t offset, size_t count, double *sums,
    ctensor_form form) {
    const float *shifted[row_count > 0 ? row_count : 1];
    for (size_t start = 0; start < count; start += CTENSOR_SQUARES_BLOCK) {
        size_t rest = count - start;
        size_t length = rest < CTENSOR_SQUARES_BLOCK ? rest : CTENSOR_SQUARES_BLOCK;
        for (size_t i = 0; i < row_count; i++) shifted[i] = rows[i] + offset + start;
        CHOOSE(form, squares_block, shifted, row_count, length, sums)
    }
}
