/* The path for processors with AVX2. */
#include "_network.h"
#if !defined(__clang__) && defined(__x86_64__)
#pragma GCC target("avx2")
#include <immintrin.h>

#define LANES 8
#define FLIP 0
enum { TOKENS = 2 };

typedef struct {
    char nothing;
} Prepared;

static inline __m256i four(const int8_t *levels)
{
    int32_t word;
    memcpy(&word, levels, sizeof word);
    return _mm256_set1_epi32(word);
}

/* Sums of four products of bytes. The instruction takes one side without a sign, so the sign of a level goes to the
 * weight; neither is -128, so that the sums of two that it makes stay within 16 bits. */
static inline __m256i added(__m256i sum, __m256i size, __m256i level, __m256i weights)
{
    __m256i pairs = _mm256_maddubs_epi16(size, _mm256_sign_epi8(weights, level));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

static inline void dots(const int8_t *levels, int inputs, const int8_t *weights, const Prepared *prepared,
                        int32_t (*out)[TILE])
{
    (void)prepared;
    __m256i sums[TOKENS][4];
#pragma GCC unroll 2
    for (int t = 0; t < TOKENS; t++)
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++)
            sums[t][i] = _mm256_setzero_si256();
    for (int k = 0; k < GROUP; k += STEP) {
#pragma GCC unroll 2
        for (int t = 0; t < TOKENS; t++) {
            __m256i level = four(levels + t * inputs + k), size = _mm256_abs_epi8(level);
#pragma GCC unroll 4
            for (int i = 0; i < 4; i++) {
                __m256i weight = _mm256_loadu_si256((const __m256i *)(weights + k * TILE + 32 * i));
                sums[t][i] = added(sums[t][i], size, level, weight);
            }
        }
    }
#pragma GCC unroll 2
    for (int t = 0; t < TOKENS; t++)
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++)
            _mm256_storeu_si256((__m256i *)(out[t] + 8 * i), sums[t][i]);
}

static inline void prepare(const int8_t *weights, Prepared *out) { (void)weights, (void)out; }

#include "_network_path.h"
Path *const network_avx2 = run;
#else
Path *const network_avx2 = NULL;
#endif
