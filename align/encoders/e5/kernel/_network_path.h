/* One path of the compiled network. The file that includes this defines LANES, the floats of a vector, TOKENS, how many
 * tokens go through a tile of weights together, FLIP, what is done to a level's bits (`dots` of the path expects it), and
 *
 *     dots(levels, inputs, weights, prepared, out)
 *
 * sums of one group of products: `out[TOKENS][TILE]` = levels (rows `inputs` apart) x weights, for which `prepare` may
 * leave something in `prepared` (a struct of the path), once for all tokens.
 *
 * Vectors only stand side by side what is computed alike: no sum depends on LANES. No product may be fused with an
 * addition (-ffp-contract=off). */

typedef float V __attribute__((vector_size(4 * LANES)));
typedef int32_t I __attribute__((vector_size(4 * LANES)));
typedef int8_t B __attribute__((vector_size(LANES)));

enum { SUM_LANES = 16, ROWS = 96 }; /* ROWS: tokens whose features are rounded together; a multiple of all TOKENS */

static inline V load(const float *p)
{
    V v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void store(float *p, V v) { memcpy(p, &v, sizeof v); }

static inline V greater(V a, V b)
{
    I first = a > b;
    return (V)((first & (I)a) | (~first & (I)b));
}

static inline V size_of(V a) { return (V)((I)a & 0x7FFFFFFF); }

/* To the nearest whole number, ties to even, for |x| < 2^22. */
static inline V nearest(V x) { return (x + 12582912.0f) - 12582912.0f; }

/* exp(x) for x <= 0; below -87 that of -87. */
static inline V exponential(V x)
{
    x = greater(x, x * 0 - 87.0f);
    V power = nearest(x * 1.44269504f);
    V rest = x - power * 0.693359375f - power * -2.12194440e-4f;
    V out = rest * 0 + (float)(1.0 / 720);
    out = out * rest + (float)(1.0 / 120);
    out = out * rest + (float)(1.0 / 24);
    out = out * rest + (float)(1.0 / 6);
    out = out * rest + 0.5f;
    out = out * rest + 1.0f;
    out = out * rest + 1.0f;
    return out * (V)((__builtin_convertvector(power, I) + 127) << 23);
}

static inline V gelu(V x)
{
    V size = size_of(x);
    V t = 1.0f / (1.0f + (float)(0.3275911 / 1.4142135623730951) * size);
    V tail = t * 1.061405429f + -1.453152027f;
    tail = tail * t + 1.421413741f;
    tail = tail * t + -0.284496736f;
    tail = tail * t + 0.254829592f;
    tail = tail * t * exponential(size * size * -0.5f) * 0.5f;
    return greater(x, x * 0) - size * tail;
}

/* In 16 lanes from left to right, then halves onto halves. */
static inline float folded(V *lanes)
{
    float sums[SUM_LANES];
    memcpy(sums, lanes, sizeof sums);
    for (int width = SUM_LANES / 2; width; width /= 2)
        for (int i = 0; i < width; i++)
            sums[i] += sums[i + width];
    return sums[0];
}

/* Layer normalisation of a token in place, after adding `more` where there is some. */
static void normalise(float *x, const float *more, const Norm *norm)
{
    V total[SUM_LANES / LANES] = {0}, square[SUM_LANES / LANES] = {0};
    for (int i = 0; i < DIMENSION; i += SUM_LANES)
        for (int j = 0; j < SUM_LANES / LANES; j++) {
            int at = i + j * LANES;
            V value = more ? load(x + at) + load(more + at) : load(x + at);
            store(x + at, value);
            total[j] += value;
        }
    float mean = folded(total) / DIMENSION;
    for (int i = 0; i < DIMENSION; i += SUM_LANES)
        for (int j = 0; j < SUM_LANES / LANES; j++) {
            int at = i + j * LANES;
            V value = load(x + at) - mean;
            store(x + at, value);
            square[j] += value * value;
        }
    float factor = 1.0f / sqrtf(folded(square) / DIMENSION + 1e-12f);
    for (int i = 0; i < DIMENSION; i += LANES)
        store(x + i, load(x + i) * factor * load(norm->gain + i) + load(norm->shift + i));
}

/* ---- products with weights ------------------------------------------------------------------------------------ */

typedef struct {
    int8_t levels[ROWS * INNER];
    float scales[ROWS * (INNER / GROUP)];
    Prepared prepared[INNER / GROUP];
} Rounded;

/* A group of features as levels; returns the scale. */
static inline float round_group(const float *x, int8_t *levels)
{
    V most = size_of(load(x));
    for (int i = LANES; i < GROUP; i += LANES)
        most = greater(size_of(load(x + i)), most);
    float largest = 1e-30f;
    for (int i = 0; i < LANES; i++)
        largest = most[i] > largest ? most[i] : largest;
    float factor = 127.0f / largest;
    for (int i = 0; i < GROUP; i += LANES) {
        B level = __builtin_convertvector(__builtin_convertvector(nearest(load(x + i) * factor), I), B) ^ FLIP;
        memcpy(levels + i, &level, sizeof level);
    }
    return largest / 127.0f;
}

static void round_rows(const float *x, int rows, int inputs, Rounded *out)
{
    int groups = inputs / GROUP;
    for (int i = 0; i < rows * groups; i++)
        out->scales[i] = round_group(x + i * GROUP, out->levels + i * GROUP);
    int rest = (TOKENS - rows % TOKENS) % TOKENS; /* rows that are computed for nothing */
    memset(out->levels + rows * inputs, 0, (size_t)(rest * inputs));
    memset(out->scales + rows * groups, 0, (size_t)(rest * groups) * sizeof(float));
}

/* The outputs of one tile for TOKENS tokens, of which `count` are wanted. */
static inline void tile_product(const Linear *l, const Rounded *in, int row, int count, int tile, float *out)
{
    const int8_t *weights = l->levels + tile * l->inputs;
    int groups = l->inputs / GROUP;
    float sums[TOKENS][TILE] = {{0}};
    int32_t whole[TOKENS][TILE];
    for (int g = 0; g < groups; g++) {
        dots(in->levels + row * l->inputs + g * GROUP, l->inputs, weights + g * GROUP * TILE, &in->prepared[g], whole);
        for (int t = 0; t < TOKENS; t++) {
            float scale = in->scales[(row + t) * groups + g];
            for (int i = 0; i < TILE; i += LANES) {
                I sum;
                memcpy(&sum, &whole[t][i], sizeof sum);
                store(&sums[t][i], load(&sums[t][i]) + __builtin_convertvector(sum, V) * scale);
            }
        }
    }
    for (int t = 0; t < count; t++)
        for (int i = 0; i < TILE; i += LANES) {
            V scaled = load(&sums[t][i]) * load(l->scales + tile + i) + load(l->bias + tile + i);
            store(out + (row + t) * l->outputs + tile + i, scaled);
        }
}

/* `features @ weights + bias` for at most ROWS tokens. */
static void product(const Linear *l, const float *features, int rows, Rounded *rounded, float *out)
{
    round_rows(features, rows, l->inputs, rounded);
    for (int tile = 0; tile < l->outputs; tile += TILE) {
        for (int g = 0; g < l->inputs / GROUP; g++)
            prepare(l->levels + tile * l->inputs + g * GROUP * TILE, &rounded->prepared[g]);
        for (int row = 0; row < rows; row += TOKENS)
            tile_product(l, rounded, row, rows - row < TOKENS ? rows - row : TOKENS, tile, out);
    }
}

/* ---- attention ------------------------------------------------------------------------------------------------ */

enum { MOST = 512, JOINED = 3 * DIMENSION, TOGETHER = 8 }; /* TOGETHER: sums in flight, to hide the time an addition takes */

/* Attention of LANES tokens from `start` on to all `length` tokens of the text, in one head; `joined`: queries, keys and
 * values of the text's first token and this head. The tokens are the lanes. */
static void attend(const float *joined, int length, int start, float *context)
{
    V queries[HEAD], scores[MOST], most, total = {0};
    int lanes = length - start < LANES ? length - start : LANES;
    for (int e = 0; e < HEAD; e++)
        for (int t = 0; t < LANES; t++)
            queries[e][t] = joined[(start + (t < lanes ? t : 0)) * JOINED + e];
    for (int s = 0; s < length; s += TOGETHER) {
        const float *keys[TOGETHER];
        V sums[TOGETHER] = {{0}};
        for (int j = 0; j < TOGETHER; j++)
            keys[j] = joined + (s + j < length ? s + j : s) * JOINED + DIMENSION;
        for (int e = 0; e < HEAD; e++)
            for (int j = 0; j < TOGETHER; j++)
                sums[j] += queries[e] * keys[j][e];
        for (int j = 0; j < TOGETHER && s + j < length; j++)
            scores[s + j] = sums[j] * (float)0.17677669529663687; /* 1 / sqrt(HEAD) */
    }
    most = scores[0];
    for (int s = 1; s < length; s++)
        most = greater(scores[s], most);
    for (int s = 0; s < length; s++) {
        scores[s] = exponential(scores[s] - most);
        total += scores[s];
    }
    for (int e = 0; e < HEAD; e += TOGETHER) {
        V sums[TOGETHER] = {{0}};
        const float *values = joined + 2 * DIMENSION + e;
        for (int s = 0; s < length; s++)
            for (int j = 0; j < TOGETHER; j++)
                sums[j] += scores[s] * values[s * JOINED + j];
        for (int j = 0; j < TOGETHER; j++) {
            V share = sums[j] / total;
            for (int t = 0; t < lanes; t++)
                context[(start + t) * DIMENSION + e + j] = share[t];
        }
    }
}

/* ---- layers --------------------------------------------------------------------------------------------------- */

typedef struct {
    float *state, *joined, *context; /* of all tokens */
    float inner[ROWS * INNER], outer[ROWS * DIMENSION];
    Rounded rounded;
} Work;

static void run_layer(const Layer *layer, const int64_t *bounds, size_t texts, Work *w)
{
    int tokens = (int)bounds[texts];
    for (int row = 0; row < tokens; row += ROWS) {
        int rows = tokens - row < ROWS ? tokens - row : ROWS;
        product(&layer->attention, w->state + row * DIMENSION, rows, &w->rounded, w->joined + row * JOINED);
    }
    for (size_t i = 0; i < texts; i++)
        for (int head = 0; head < HEADS; head++)
            for (int start = 0, length = (int)(bounds[i + 1] - bounds[i]); start < length; start += LANES)
                attend(w->joined + bounds[i] * JOINED + head * HEAD, length, start,
                       w->context + bounds[i] * DIMENSION + head * HEAD);
    for (int row = 0; row < tokens; row += ROWS) {
        int rows = tokens - row < ROWS ? tokens - row : ROWS;
        float *state = w->state + row * DIMENSION;
        product(&layer->attended, w->context + row * DIMENSION, rows, &w->rounded, w->outer);
        for (int t = 0; t < rows; t++)
            normalise(state + t * DIMENSION, w->outer + t * DIMENSION, &layer->attention_norm);
        product(&layer->inner, state, rows, &w->rounded, w->inner);
        for (int i = 0; i < rows * INNER; i += LANES)
            store(w->inner + i, gelu(load(w->inner + i)));
        product(&layer->outer, w->inner, rows, &w->rounded, w->outer);
        for (int t = 0; t < rows; t++)
            normalise(state + t * DIMENSION, w->outer + t * DIMENSION, &layer->outer_norm);
    }
}

static int run(const Model *model, const float *embedded, const int64_t *bounds, size_t texts, float *out)
{
    size_t tokens = (size_t)bounds[texts];
    Work *w = malloc(sizeof *w);
    float *space = malloc(tokens * (2 * DIMENSION + JOINED) * sizeof(float) + 1);
    int good = w && space;
    if (good) {
        w->state = space, w->context = space + tokens * DIMENSION, w->joined = space + tokens * 2 * DIMENSION;
        memcpy(w->state, embedded, tokens * DIMENSION * sizeof(float));
        for (size_t t = 0; t < tokens; t++)
            normalise(w->state + t * DIMENSION, NULL, &model->norm);
        for (int layer = 0; layer < LAYERS; layer++)
            run_layer(&model->layers[layer], bounds, texts, w);
        memset(out, 0, texts * DIMENSION * sizeof(float));
        for (size_t i = 0; i < texts; i++)
            for (int64_t t = bounds[i]; t < bounds[i + 1]; t++)
                for (int e = 0; e < DIMENSION; e++)
                    out[i * DIMENSION + (size_t)e] += w->state[t * DIMENSION + e];
    }
    free(space), free(w);
    return good;
}
