#include "forms.h"
#include "fused.h"

#include <string.h>

// A pair's squared differences are added in 16 lanes, coordinate k of a block in lane k mod 16,
// each product fused with its sum; the lanes are then added as ((l0 + l8) + (l4 + l12)) + … and
// the block's sum goes on in double precision. None of this depends on what is loaded or
// computed together:
//
// A tile is four rows against four, whose accumulators stay in registers. The first four lie
// copied and aligned in the first-level cache while all later rows pass by, and meanwhile the
// next block is called from memory.

enum { lanes = 16, group = 4 };

// Later rows that pass by one group after the other before the first four change: as many as the
// second-level cache holds of a block, 512 KiB, a multiple of `group`.
enum { panel = 128 };

// The origin, which is told as no row.
static const float zeros[CTENSOR_SQUARES_BLOCK];

// `count` coordinates from `start` of each of some rows.
typedef struct {
    const float *const *rows;
    size_t row_count, start, count;
} block;

INLINE const float *row(const block *from, size_t index) {
    return from->rows[index] ? from->rows[index] + from->start : zeros;
}

// Copies a row and tells the largest of its magnitudes: their order is that of their bits.
INLINE uint32_t copy_row(const float *from, float *to, size_t count) {
    uint32_t largest = 0;
    for (size_t k = 0; k < count; k++) {
        uint32_t bits;
        memcpy(&bits, from + k, sizeof bits);
        memcpy(to + k, &bits, sizeof bits);
        bits &= 0x7FFFFFFF;
        largest = bits > largest ? bits : largest;
    }
    return largest;
}

// What a tile calls from memory while it computes: a stretch of a row of the next block.
typedef struct {
    const float *first;
    size_t stride;  // from one step to the next
} stretch;

// The stretch of a tile, so that the tiles of a block call all of the next one, or as much as
// they can.
INLINE stretch share(const block *next, size_t tile, size_t tiles, size_t steps) {
    size_t parts = tiles > next->row_count ? tiles / next->row_count : 1;
    size_t index = tile / parts, length = next->count / parts + 1;
    if (index >= next->row_count) return (stretch){zeros, 0};
    return (stretch){row(next, index) + tile % parts * length, length / steps + 1};
}

#define HALVES(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

// The sum of each of sixteen rows of lanes, in the order told above. Each step adds the halves
// of what is left of two rows, side by side.
INLINE void totals(const float (*rows)[lanes], float *sums) {
    float16 x[16];
    UNROLLED(i, 16) memcpy(&x[i], rows[i], sizeof x[i]);
    UNROLLED(i, 8)
        x[i] = HALVES(x[i], x[i + 8], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
               HALVES(x[i], x[i + 8], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    UNROLLED(i, 4)
        x[i] = HALVES(x[i], x[i + 4], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27) +
               HALVES(x[i], x[i + 4], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
    UNROLLED(i, 2)
        x[i] = HALVES(x[i], x[i + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +
               HALVES(x[i], x[i + 2], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    x[0] = HALVES(x[0], x[1], 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30) +
           HALVES(x[0], x[1], 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
    memcpy(sums, &x[0], sizeof x[0]);
}

// Adds a tile's sums to their places: those of the pairs that exist.
INLINE void put(
    const float (*lane)[lanes], double *sums, size_t n, size_t first, size_t second) {
    float sum[group * group];
    totals(lane, sum);
    if (first != second && second + group <= n) {
        UNROLLED(i, group) UNROLLED(j, group)
            sums[(first + (size_t)i) * n + second + (size_t)j] += (double)sum[i * group + j];
        return;
    }
    for (size_t i = first; i < first + group && i < n; i++)
        for (size_t j = i < second ? second : i + 1; j < second + group && j < n; j++)
            sums[i * n + j] += (double)sum[(i - first) * group + (j - second)];
}

// Four rows a against COLUMNS rows b, the latter being rows `column` and on of the four of a
// tile; on the diagonal, where a and b are the same four, only pairs in order. VECTOR has WIDTH
// of the lanes.
#define DEFINE_TILE(NAME, VECTOR, WIDTH, COLUMNS, FUSED)                                           \
    INLINE void NAME(                                                                              \
        const float *const *a, const float *const *b, size_t count, int column, int diagonal,      \
        stretch ahead, float (*lane)[lanes]) {                                                     \
        for (size_t from = 0; from < lanes; from += WIDTH) {                                       \
            VECTOR sum[group][COLUMNS], x[group], y;                                               \
            UNROLLED(i, group) UNROLLED(j, COLUMNS) sum[i][j] = (VECTOR){0};                       \
            size_t k = from, prefetched = 0;                                                       \
            for (; k + WIDTH <= count; k += lanes, prefetched += ahead.stride) {                   \
                __builtin_prefetch(ahead.first + prefetched, 0, 3);                                \
                UNROLLED(i, group) memcpy(&x[i], a[i] + k, sizeof y);                              \
                UNROLLED(j, COLUMNS) {                                                             \
                    memcpy(&y, b[j] + k, sizeof y);                                                \
                    UNROLLED(i, group) if (!diagonal || i < column + j) {                          \
                        VECTOR difference = x[i] - y;                                              \
                        sum[i][j] = FUSED(difference, difference, sum[i][j]);                      \
                    }                                                                              \
                }                                                                                  \
            }                                                                                      \
            if (k < count) {                                                                       \
                float p[group][WIDTH] = {0}, q[COLUMNS][WIDTH] = {0};                              \
                UNROLLED(i, group) memcpy(p[i], a[i] + k, (count - k) * sizeof(float));            \
                UNROLLED(j, COLUMNS) memcpy(q[j], b[j] + k, (count - k) * sizeof(float));          \
                UNROLLED(i, group) memcpy(&x[i], p[i], sizeof y);                                  \
                UNROLLED(j, COLUMNS) {                                                             \
                    memcpy(&y, q[j], sizeof y);                                                    \
                    UNROLLED(i, group) if (!diagonal || i < column + j) {                          \
                        VECTOR difference = x[i] - y;                                              \
                        sum[i][j] = FUSED(difference, difference, sum[i][j]);                      \
                    }                                                                              \
                }                                                                                  \
            }                                                                                      \
            UNROLLED(i, group) UNROLLED(j, COLUMNS)                                                \
                memcpy(&lane[i * group + column + j][from], &sum[i][j], sizeof sum[i][j]);         \
        }                                                                                          \
    }

// COLUMNS: as many as a form has registers for, a divisor of 4.
#define DEFINE_SQUARES(FORM, ATTRIBUTE, VECTOR, WIDTH, COLUMNS, FUSED)                             \
    DEFINE_TILE(tile_##FORM, VECTOR, WIDTH, COLUMNS, FUSED)                                        \
    DEFINE_TILE(column_##FORM, VECTOR, WIDTH, 1, FUSED)                                            \
    ATTRIBUTE static void squares_##FORM(                                                          \
        const block *here, const block *next, double *sums, uint32_t *largest) {                   \
        size_t n = here->row_count, groups = (n + group - 1) / group, count = here->count;         \
        size_t steps = (count + lanes - 1) / lanes, tile = 0, tiles = groups * (groups + 1) / 2;   \
        float copy[group][CTENSOR_SQUARES_BLOCK] __attribute__((aligned(64)));                     \
        float lane[group * group][lanes] __attribute__((aligned(64)));                             \
        memset(lane, 0, sizeof lane);                                                              \
        for (size_t edge = 0; edge < n; edge += panel)                                             \
            for (size_t g = 0; g < n && g < edge + panel; g += group) {                            \
                const float *a[group], *b[group];                                                  \
                UNROLLED(i, group) {                                                               \
                    a[i] = copy[i];                                                                \
                    const float *from = g + i < n ? row(here, g + i) : zeros;                      \
                    uint32_t magnitude = copy_row(from, copy[i], count);                           \
                    if (largest && g + i < n && magnitude > largest[g + i])                        \
                        largest[g + i] = magnitude;                                                \
                }                                                                                  \
                for (size_t h = g < edge ? edge : g; h < n && h < edge + panel; h += group) {      \
                    stretch ahead = share(next, tile++, tiles, steps);                             \
                    UNROLLED(j, group) b[j] = h + j < n ? row(here, h + j) : zeros;                \
                    if (g == h) {                                                                  \
                        UNROLLED(c, group / COLUMNS)                                               \
                            tile_##FORM(a, a + c * COLUMNS, count, c * COLUMNS, 1, ahead, lane);   \
                    } else if (h + group > n) {                                                    \
                        for (int j = 0; j < (int)(n - h); j++)                                     \
                            column_##FORM(a, b + j, count, j, 0, ahead, lane);                     \
                    } else {                                                                       \
                        UNROLLED(c, group / COLUMNS)                                               \
                            tile_##FORM(a, b + c * COLUMNS, count, c * COLUMNS, 0, ahead, lane);   \
                    }                                                                              \
                    put(lane, sums, n, g, h);                                                      \
                }                                                                                  \
            }                                                                                      \
    }

DEFINE_SQUARES(baseline, , float4, 4, 4, FUSE_BASELINE)
#if defined(__x86_64__)
DEFINE_SQUARES(wide, WIDE, float8, 8, 2, FUSE)
DEFINE_SQUARES(widest, WIDEST, float16, 16, 4, FUSE)
#endif

void ctensor_add_squares(
    const float *const *rows, size_t row_count, size_t offset, size_t count, double *sums,
    uint32_t *largest, ctensor_form form) {
    for (size_t start = 0; start < count; start += CTENSOR_SQUARES_BLOCK) {
        size_t rest = count - start;
        block here = {rows, row_count, offset + start, rest};
        if (rest > CTENSOR_SQUARES_BLOCK) here.count = CTENSOR_SQUARES_BLOCK;
        rest -= here.count;
        block next = here;
        next.start += here.count;
        next.count = rest < CTENSOR_SQUARES_BLOCK ? rest : CTENSOR_SQUARES_BLOCK;
        CHOOSE(form, squares, &here, &next, sums, largest)
    }
}
