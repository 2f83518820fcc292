/* What the parts of the compiled kernel share. The code that reads texts and sets of hashes is compiled once for each
 * path below; `_kernel.c` chooses the fastest that the processor can run. */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- growing arrays of 64-bit numbers ------------------------------------------------------------------------- */

typedef struct {
    uint64_t *data;
    size_t length, capacity;
} Vector;

static inline int reserve(Vector *v, size_t more)
{
    if (v->length + more <= v->capacity && v->data)
        return 1;
    size_t capacity = v->length + more + v->capacity / 2 + 64;
    uint64_t *data = realloc(v->data, capacity * sizeof(uint64_t));
    if (!data)
        return 0;
    v->data = data;
    v->capacity = capacity;
    return 1;
}

static inline int push(Vector *v, uint64_t value)
{
    if (v->length == v->capacity && !reserve(v, 1))
        return 0;
    v->data[v->length++] = value;
    return 1;
}

/* ---- the table of tokens -------------------------------------------------------------------------------------- */

enum { SEPARATOR, WORD, SINGLE, EXTEND, IGNORE, EXPAND };

typedef struct {
    const uint16_t *blocks;
    const uint32_t *entries, *expansions;
} Table;

static inline uint32_t lookup(const Table *t, uint32_t code)
{
    return t->entries[(size_t)t->blocks[code >> 7] * 128 + (code & 127)];
}

static inline uint32_t mapped(uint32_t entry, uint32_t code) { return (code + (entry >> 11)) & 0x1FFFFF; }

/* ---- work ----------------------------------------------------------------------------------------------------- */

/* Documents to fingerprints, shingles and signatures. There is `room` for so many hashes; where that was not enough,
 * `wanted` is what the next document needs. */
typedef struct {
    Vector tokens, shingles, scratch;
    uint64_t *hashes;
    size_t length, room, wanted;
    int64_t *totals, *counts;
    uint64_t *prints;
    uint32_t *signatures;
} Sketch;

/* The search for near documents. */
typedef struct {
    const uint64_t *keys, *hashes;
    const int64_t *offsets, *documents, *rank; /* documents: those to compare, rising; rank: of every document */
    size_t count, crowded;
    int bands;
    double threshold;
    Vector pairs, shared, sparse; /* sparse: keys of the buckets in which not all pairs were compared */
    uint64_t compared;
} Near;

/* What is compiled for one kind of processor; every path gives what the others give. `sketch` returns the number of the
 * document at which room or memory ended; the others return 0 where memory did. */
typedef struct {
    int (*tokenize)(const Table *table, const uint8_t *start, const uint8_t *end, Vector *tokens, Vector *ends);
    int (*hash_lines)(const Table *table, const uint8_t *p, const uint8_t *end, Vector *tokens, Vector *hashes,
                      Vector *lengths, Vector *counts);
    size_t (*sketch)(const Table *table, const uint8_t *data, const int64_t *offsets, size_t from, size_t count,
                     int ngram, int slots, Sketch *out);
    int (*sketch_sets)(const uint64_t *hashes, const int64_t *offsets, size_t count, int slots, uint32_t *out);
    int64_t (*shared_hashes)(const uint64_t *a, size_t na, const uint64_t *b, size_t nb, size_t need);
    int (*near_pairs)(Near *near);
} Path;

/* NULL where it cannot be compiled. */
extern const Path *const kernel_avx512, *const kernel_avx2, *const kernel_sse2, *const kernel_portable;
