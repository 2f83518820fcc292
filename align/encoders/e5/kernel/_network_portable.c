/* The path for all other processors, in plain C: whole numbers as floats, which hold them exactly. */
#include "_network.h"

#define LANES 4
#define FLIP 0
enum { TOKENS = 2, PART = 16 }; /* PART: outputs whose sums stay in registers */

typedef struct {
    float weights[GROUP][TILE];
} Prepared;

typedef float Four __attribute__((vector_size(16)));

static inline void prepare(const int8_t *weights, Prepared *out)
{
    for (int k = 0; k < GROUP; k++)
        for (int o = 0; o < TILE; o++)
            out->weights[k][o] = weights[k / STEP * STEP * TILE + o * STEP + k % STEP];
}

static inline void dots(const int8_t *levels, int inputs, const int8_t *weights, const Prepared *prepared,
                        int32_t (*out)[TILE])
{
    (void)weights;
    for (int part = 0; part < TILE; part += PART) {
        Four sums[TOKENS][PART / 4] = {{{0}}};
        for (int k = 0; k < GROUP; k++)
            for (int i = 0; i < PART / 4; i++) {
                Four weight;
                memcpy(&weight, &prepared->weights[k][part + 4 * i], sizeof weight);
                for (int t = 0; t < TOKENS; t++)
                    sums[t][i] += weight * (float)levels[t * inputs + k];
            }
        for (int t = 0; t < TOKENS; t++)
            for (int o = 0; o < PART; o++)
                out[t][part + o] = (int32_t)sums[t][o / 4][o % 4];
    }
}

#include "_network_path.h"
Path *const network_portable = run;
