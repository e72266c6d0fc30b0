#include "forms.h"

#include <string.h>

// A tile of the result stays in registers while the inner index goes up: each of its elements
// receives its products one by one in that order, whatever the tile's shape.

enum { packed_inner = 256 };

typedef struct {
    const float *first;
    size_t row_stride, inner_stride;
} left;

#define DEFINE_TILE(NAME, VECTOR, WIDTH, ROWS, VECTORS)                                            \
    INLINE void NAME(                                                                              \
        left a, const float *b, size_t b_stride, float *c, size_t c_stride, size_t inner) {        \
        VECTOR sum[ROWS][VECTORS], y[VECTORS];                                                     \
        UNROLLED(i, ROWS) UNROLLED(v, VECTORS)                                                     \
            memcpy(&sum[i][v], c + (size_t)i * c_stride + v * WIDTH, sizeof y[v]);                 \
        for (size_t k = 0; k < inner; k++) {                                                       \
            UNROLLED(v, VECTORS) memcpy(&y[v], b + k * b_stride + v * WIDTH, sizeof y[v]);         \
            UNROLLED(i, ROWS) {                                                                    \
                float x = a.first[(size_t)i * a.row_stride + k * a.inner_stride];                  \
                UNROLLED(v, VECTORS) {                                                             \
                    VECTOR product = x * y[v];                                                     \
                    sum[i][v] = sum[i][v] + product;                                               \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
        UNROLLED(i, ROWS) UNROLLED(v, VECTORS)                                                     \
            memcpy(c + (size_t)i * c_stride + v * WIDTH, &sum[i][v], sizeof y[v]);                 \
    }

// Four rows at a time, then one, over the columns that fill the tile's vectors.
#define DEFINE_COLUMNS(NAME, VECTOR, WIDTH, VECTORS)                                               \
    DEFINE_TILE(NAME##_4, VECTOR, WIDTH, 4, VECTORS)                                               \
    DEFINE_TILE(NAME##_1, VECTOR, WIDTH, 1, VECTORS)                                               \
    INLINE void NAME(                                                                              \
        left a, const float *b, size_t b_stride, float *c, size_t c_stride, size_t rows,           \
        size_t inner) {                                                                            \
        size_t row = 0;                                                                            \
        for (; row + 4 <= rows; row += 4, a.first += 4 * a.row_stride, c += 4 * c_stride)          \
            NAME##_4(a, b, b_stride, c, c_stride, inner);                                          \
        for (; row < rows; row++, a.first += a.row_stride, c += c_stride)                          \
            NAME##_1(a, b, b_stride, c, c_stride, inner);                                          \
    }

// Columns that fill no vector are computed in one that is filled up with zeros.
#define DEFINE_PRODUCT(FORM, ATTRIBUTE, VECTOR, WIDTH, VECTORS)                                    \
    DEFINE_COLUMNS(many_##FORM, VECTOR, WIDTH, VECTORS)                                            \
    DEFINE_COLUMNS(single_##FORM, VECTOR, WIDTH, 1)                                                \
    ATTRIBUTE static void product_##FORM(                                                          \
        left a, const float *b, float *c, size_t rows, size_t inner, size_t columns) {             \
        size_t j = 0;                                                                              \
        for (; j + VECTORS * WIDTH <= columns; j += VECTORS * WIDTH)                               \
            many_##FORM(a, b + j, columns, c + j, columns, rows, inner);                           \
        for (; j + WIDTH <= columns; j += WIDTH)                                                   \
            single_##FORM(a, b + j, columns, c + j, columns, rows, inner);                         \
        size_t rest = columns - j;                                                                 \
        if (rest == 0) return;                                                                     \
        float right[packed_inner][WIDTH] __attribute__((aligned(64)));                             \
        float sums[4][WIDTH] __attribute__((aligned(64))) = {{0}};                                 \
        for (size_t start = 0; start < inner; start += packed_inner) {                             \
            size_t length = inner - start < packed_inner ? inner - start : packed_inner;           \
            for (size_t k = 0; k < length; k++)                                                    \
                for (size_t r = 0; r < WIDTH; r++)                                                 \
                    right[k][r] = r < rest ? b[(start + k) * columns + j + r] : 0;                 \
            for (size_t row = 0; row < rows; row += 4) {                                           \
                size_t height = rows - row < 4 ? rows - row : 4;                                   \
                left part = a;                                                                     \
                part.first += row * a.row_stride + start * a.inner_stride;                         \
                for (size_t i = 0; i < height; i++)                                                \
                    for (size_t r = 0; r < rest; r++)                                              \
                        sums[i][r] = c[(row + i) * columns + j + r];                               \
                single_##FORM(part, right[0], WIDTH, sums[0], WIDTH, height, length);              \
                for (size_t i = 0; i < height; i++)                                                \
                    for (size_t r = 0; r < rest; r++)                                              \
                        c[(row + i) * columns + j + r] = sums[i][r];                               \
            }                                                                                      \
        }                                                                                          \
    }

DEFINE_PRODUCT(baseline, , float4, 4, 2)
#if defined(__x86_64__)
DEFINE_PRODUCT(wide, WIDE, float8, 8, 2)
DEFINE_PRODUCT(widest, WIDEST, float16, 16, 4)
#endif

void ctensor_add_product(
    const float *a, size_t a_row_stride, size_t a_inner_stride, const float *b, float *c,
    size_t rows, size_t inner, size_t columns, ctensor_form form) {
    left all = {a, a_row_stride, a_inner_stride};
    CHOOSE(form, product, all, b, c, rows, inner, columns)
}
