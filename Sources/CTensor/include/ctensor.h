#ifndef CTENSOR_H
#define CTENSOR_H

#include <stddef.h>
#include <stdint.h>

// Loops that are worth more than the instructions every x86-64 has. Each is compiled several
// times from one text and the widest form that the processor can run is taken. The forms differ
// in how many lanes of one result are computed at once, never in the order of a lane's
// operations: all give the same bits. Compilers may fuse no product with a sum;
// `ctensor_add_squares` says where it does.

/// How wide the vectors of a form are.
typedef enum {
    ctensor_baseline = 0,  // 128 bits: what every x86-64 and every arm64 has
    ctensor_wide = 1,      // 256 bits: AVX2
    ctensor_widest = 2,    // 512 bits: AVX-512
} ctensor_form;

/// The widest form that this processor can run.
ctensor_form ctensor_best_form(void);

/// Coordinates whose squared differences are added in single precision, in 16 lanes, before the
/// sum goes on in double precision.
#define CTENSOR_SQUARES_BLOCK 1024

/// For rows i < j adds the sum of (rows[i][k] - rows[j][k])^2 over the `count` coordinates k
/// from `offset` to sums[i * row_count + j]. Nothing else in `sums` is touched. A row that is
/// NULL is the origin. Each square is fused with its sum: rounded once, as IEEE 754's
/// fusedMultiplyAdd is. Unless `largest` is NULL, raises largest[i] to the bits of the largest
/// magnitude in row i.
void ctensor_add_squares(
    const float *const *rows, size_t row_count, size_t offset, size_t count, double *sums,
    uint32_t *largest, ctensor_form form);

/// Columns that `ctensor_sort_columns` handles at once.
#define CTENSOR_COLUMNS 32

/// Loads CTENSOR_COLUMNS columns from `offset` of `row_count` rows into `block`, row after row,
/// and applies the comparators to it: after (a, b), row a holds the smaller and row b the
/// larger of each column's two values. `pairs` holds `pair_count` times a and b, all below
/// `row_count`.
void ctensor_sort_columns(
    const float *const *rows, size_t row_count, size_t offset, const uint16_t *pairs,
    size_t pair_count, float *block, ctensor_form form);

/// target[k] = ((target[k] + scales[0] rows[0][offset + k]) + scales[1] rows[1][offset + k]) + ...
/// for the `count` values of k, each product and each sum rounded.
void ctensor_add_scaled_rows(
    const float *const *rows, const float *scales, size_t row_count, size_t offset, size_t count,
    float *target, ctensor_form form);

/// c[i][j] = (c[i][j] + a[i][0] b[0][j]) + a[i][1] b[1][j] + ... for `rows` values of i and
/// `columns` of j, each product and each sum rounded. Element (i, k) of a is at a[i *
/// a_row_stride + k * a_inner_stride]; b and c are row-major.
void ctensor_add_product(
    const float *a, size_t a_row_stride, size_t a_inner_stride, const float *b, float *c,
    size_t rows, size_t inner, size_t columns, ctensor_form form);

/// Adds the key stream of ChaCha20 (RFC 8439, from block 0) to `count` words, or subtracts it:
/// four bytes of the stream, read as a little-endian number, to each, modulo 2^32. The key has
/// 32 bytes, the nonce 12; the stream ends after 2^36 words.
void ctensor_add_key_stream(
    const uint8_t *key, const uint8_t *nonce, int subtracted, uint32_t *words, size_t count,
    ctensor_form form);

#endif
