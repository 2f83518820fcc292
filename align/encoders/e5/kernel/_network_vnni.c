/* The path for processors with AVX-512 and its instructions for sums of products of bytes (VNNI). */
#include "_network.h"
#if !defined(__clang__) && defined(__x86_64__)
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")
#include <immintrin.h>

#define LANES 16
#define FLIP ((int8_t)-128) /* the instruction takes one side without a sign: levels are raised by 128 */
enum { TOKENS = 12 };

typedef struct {
    int32_t raised[TILE]; /* what raising the levels adds, to be taken off */
} Prepared;

static inline __m512i four(const int8_t *levels)
{
    int32_t word;
    memcpy(&word, levels, sizeof word);
    return _mm512_set1_epi32(word);
}

static inline void dots(const int8_t *levels, int inputs, const int8_t *weights, const Prepared *prepared,
                        int32_t (*out)[TILE])
{
    __m512i sums[TOKENS][2];
#pragma GCC unroll 12
    for (int t = 0; t < TOKENS; t++) {
        sums[t][0] = _mm512_loadu_si512(prepared->raised);
        sums[t][1] = _mm512_loadu_si512(prepared->raised + 16);
    }
    for (int k = 0; k < GROUP; k += STEP) {
        __m512i left = _mm512_loadu_si512(weights + k * TILE), right = _mm512_loadu_si512(weights + k * TILE + 64);
#pragma GCC unroll 12
        for (int t = 0; t < TOKENS; t++) {
            __m512i level = four(levels + t * inputs + k);
            sums[t][0] = _mm512_dpbusd_epi32(sums[t][0], level, left);
            sums[t][1] = _mm512_dpbusd_epi32(sums[t][1], level, right);
        }
    }
#pragma GCC unroll 12
    for (int t = 0; t < TOKENS; t++) {
        _mm512_storeu_si512(out[t], sums[t][0]);
        _mm512_storeu_si512(out[t] + 16, sums[t][1]);
    }
}

static inline void prepare(const int8_t *weights, Prepared *out)
{
    __m512i left = _mm512_setzero_si512(), right = left, raised = _mm512_set1_epi8(-128);
    for (int k = 0; k < GROUP; k += STEP) {
        left = _mm512_dpbusd_epi32(left, raised, _mm512_loadu_si512(weights + k * TILE));
        right = _mm512_dpbusd_epi32(right, raised, _mm512_loadu_si512(weights + k * TILE + 64));
    }
    _mm512_storeu_si512(out->raised, _mm512_sub_epi32(_mm512_setzero_si512(), left));
    _mm512_storeu_si512(out->raised + 16, _mm512_sub_epi32(_mm512_setzero_si512(), right));
}

#include "_network_path.h"
Path *const network_vnni = run;
#else
Path *const network_vnni = NULL;
#endif
