/* What the paths of the compiled network share. The code is compiled once for each path below; `_network.c` chooses the
 * fastest that the processor can go. All give the bytes of `reference.py`. */
#pragma once

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if !defined(__GNUC__)
#error "vector extensions of GCC and clang; align works without this extension"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0
#error "float arithmetic that rounds to float; align works without this extension"
#endif

enum {
    DIMENSION = 384,
    INNER = 1536,
    LAYERS = 12,
    HEADS = 12,
    HEAD = DIMENSION / HEADS,
    GROUP = 128, /* features that share a scale */
    TILE = 32,   /* outputs whose weights lie together, four inputs of each side by side */
    STEP = 4,    /* inputs of an output that lie side by side */
};

/* A matrix: levels in tiles (TILE outputs x STEP inputs, the inputs running faster), scales and bias of the outputs. */
typedef struct {
    const int8_t *levels;
    const float *scales, *bias;
    int inputs, outputs;
} Linear;

typedef struct {
    const float *gain, *shift;
} Norm;

typedef struct {
    Linear attention, attended, inner, outer;
    Norm attention_norm, outer_norm;
} Layer;

typedef struct {
    Norm norm; /* before the first layer */
    Layer layers[LAYERS];
} Model;

/* Sums of the last states of the tokens of each text; 0: no memory. What one path can do, another can. */
typedef int Path(const Model *model, const float *embedded, const int64_t *bounds, size_t texts, float *out);

/* NULL where the compiler cannot make it. */
extern Path *const network_vnni, *const network_avx2, *const network_portable;
