#include "forms.h"

#include <string.h>

// ChaCha20 (RFC 8439, §2.3) of as many blocks at once as a vector has lanes: vector w holds word
// w of each. Additions, exclusive ors and rotations only, so that time depends on nothing
// secret.

typedef uint32_t word4 __attribute__((vector_size(16)));
typedef uint32_t word8 __attribute__((vector_size(32)));
typedef uint32_t word16 __attribute__((vector_size(64)));

enum { state_words = 16 };

#define ROTATE(x, n) ((x) << (n) | (x) >> (32 - (n)))
#define QUARTER(a, b, c, d)                                                                        \
    a += b, d ^= a, d = ROTATE(d, 16);                                                             \
    c += d, b ^= c, b = ROTATE(b, 12);                                                             \
    a += b, d ^= a, d = ROTATE(d, 8);                                                              \
    c += d, b ^= c, b = ROTATE(b, 7)

// Four words of each of four blocks, block after block: the transpose of each 128 bits of a, b,
// c, d.
#define LOW(x, y, W) SHUFFLE_LOW_##W(x, y)
#define HIGH(x, y, W) SHUFFLE_HIGH_##W(x, y)
#define SHUFFLE_LOW_4(x, y) __builtin_shufflevector(x, y, 0, 4, 1, 5)
#define SHUFFLE_HIGH_4(x, y) __builtin_shufflevector(x, y, 2, 6, 3, 7)
#define SHUFFLE_LOW_8(x, y) __builtin_shufflevector(x, y, 0, 8, 1, 9, 4, 12, 5, 13)
#define SHUFFLE_HIGH_8(x, y) __builtin_shufflevector(x, y, 2, 10, 3, 11, 6, 14, 7, 15)
#define SHUFFLE_LOW_16(x, y)                                                                       \
    __builtin_shufflevector(x, y, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define SHUFFLE_HIGH_16(x, y)                                                                      \
    __builtin_shufflevector(x, y, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)

// Adds or subtracts the stream of WIDTH blocks from `block` on.
#define DEFINE_BLOCKS(FORM, VECTOR, WIDTH)                                                         \
    INLINE void blocks_##FORM(                                                                     \
        const uint32_t *state, uint32_t block, int subtracted, uint32_t *words) {                  \
        VECTOR x[state_words], first = {0}, stream[state_words];                                   \
        UNROLLED(i, WIDTH) first[i] = block + (uint32_t)i;                                         \
        UNROLLED(w, state_words) x[w] = state[w] + (VECTOR){0};                                    \
        x[12] = first;                                                                             \
        for (int round = 0; round < 10; round++) {                                                 \
            QUARTER(x[0], x[4], x[8], x[12]);                                                      \
            QUARTER(x[1], x[5], x[9], x[13]);                                                      \
            QUARTER(x[2], x[6], x[10], x[14]);                                                     \
            QUARTER(x[3], x[7], x[11], x[15]);                                                     \
            QUARTER(x[0], x[5], x[10], x[15]);                                                     \
            QUARTER(x[1], x[6], x[11], x[12]);                                                     \
            QUARTER(x[2], x[7], x[8], x[13]);                                                      \
            QUARTER(x[3], x[4], x[9], x[14]);                                                      \
        }                                                                                          \
        UNROLLED(w, state_words) x[w] += w == 12 ? first : state[w] + (VECTOR){0};                 \
        UNROLLED(q, 4) {                                                                           \
            VECTOR *four = x + 4 * q;                                                              \
            VECTOR a = LOW(four[0], four[2], WIDTH), b = LOW(four[1], four[3], WIDTH);             \
            VECTOR c = HIGH(four[0], four[2], WIDTH), d = HIGH(four[1], four[3], WIDTH);           \
            stream[4 * q] = LOW(a, b, WIDTH), stream[4 * q + 1] = HIGH(a, b, WIDTH);               \
            stream[4 * q + 2] = LOW(c, d, WIDTH), stream[4 * q + 3] = HIGH(c, d, WIDTH);           \
        }                                                                                          \
        /* Vector 4 q + j now holds words 4 q to 4 q + 3 of blocks j, 4 + j, 8 + j, ... */        \
        UNROLLED(b, WIDTH) UNROLLED(q, 4) {                                                        \
            word4 old, mask;                                                                       \
            uint32_t *place = words + b * state_words + 4 * q;                                     \
            memcpy(&old, place, sizeof old);                                                       \
            memcpy(&mask, (const char *)&stream[4 * q + b % 4] + b / 4 * 16, sizeof mask);         \
            old = subtracted ? old - mask : old + mask;                                            \
            memcpy(place, &old, sizeof old);                                                       \
        }                                                                                          \
    }

#define DEFINE_STREAM(FORM, ATTRIBUTE, VECTOR, WIDTH)                                              \
    DEFINE_BLOCKS(FORM, VECTOR, WIDTH)                                                             \
    ATTRIBUTE static void stream_##FORM(                                                           \
        const uint32_t *state, int subtracted, uint32_t *words, size_t count) {                    \
        enum { whole = WIDTH * state_words };                                                      \
        uint32_t block = 0;                                                                        \
        for (; count >= whole; count -= whole, words += whole, block += WIDTH) {                   \
            if (subtracted)                                                                        \
                blocks_##FORM(state, block, 1, words);                                             \
            else                                                                                   \
                blocks_##FORM(state, block, 0, words);                                             \
        }                                                                                          \
        if (count == 0) return;                                                                    \
        uint32_t last[whole] = {0};                                                                \
        memcpy(last, words, count * sizeof *words);                                                \
        blocks_##FORM(state, block, subtracted, last);                                             \
        memcpy(words, last, count * sizeof *words);                                                \
        wipe(last, sizeof last);                                                                   \
    }

// Not to be left out by a compiler that sees that nobody reads it.
static void wipe(void *memory, size_t size) {
    memset(memory, 0, size);
    __asm__ volatile("" : : "r"(memory) : "memory");
}

DEFINE_STREAM(baseline, , word4, 4)
#if defined(__x86_64__)
DEFINE_STREAM(wide, WIDE, word8, 8)
DEFINE_STREAM(widest, WIDEST, word16, 16)
#endif

static uint32_t little_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

void ctensor_add_key_stream(
    const uint8_t *key, const uint8_t *nonce, int subtracted, uint32_t *words, size_t count,
    ctensor_form form) {
    // "expand 32-byte k"
    uint32_t state[state_words] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    for (int w = 0; w < 8; w++) state[4 + w] = little_endian(key + 4 * w);
    for (int w = 0; w < 3; w++) state[13 + w] = little_endian(nonce + 4 * w);
    CHOOSE(form, stream, state, subtracted, words, count)
    wipe(state, sizeof state);
}
