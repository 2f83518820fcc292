/* One path of the compiled kernel. The file that includes this defines LANES, the bytes it classifies at once: 64 with
 * AVX-512, 32 with AVX2, 16 with SSE2, 8 in plain C. */
#include "_kernel_text.h"
#include "_kernel_sets.h"

/* 0: no memory, or no room (and then it is said how much is wanted). */
static int sketch_one(const Table *table, const uint8_t *start, const uint8_t *end, int ngram, size_t i, Slots *slots,
                      Sketch *out)
{
    size_t size = (size_t)(end - start);
    Print print = {SEED ^ size, M2};
    out->tokens.length = out->shingles.length = 0;
    if (!read_tokens(table, start, end, 0, &out->tokens, NULL, &print) ||
        !shingle(&out->tokens, ngram, &out->shingles) || !reserve(&out->scratch, out->shingles.length))
        return 0;
    size_t total = out->shingles.length;
    if (total > out->room - out->length) {
        out->wanted = total;
        return 0;
    }
    uint64_t *mine = out->hashes + out->length;
    size_t unique = sort_set(out->shingles.data, total, out->scratch.data, mine);
    sketch_sorted(slots, mine, unique, out->signatures + (size_t)slots->slots * i);
    print_end(print, end - size % BLOCK, size % BLOCK, out->prints + 2 * i);
    out->length += unique;
    out->totals[i] = (int64_t)total;
    out->counts[i] = (int64_t)unique;
    return 1;
}

static size_t sketch(const Table *table, const uint8_t *data, const int64_t *offsets, size_t from, size_t count,
                     int ngram, int slots, Sketch *out)
{
    Slots s;
    size_t i = from;
    if (new_slots(&s, slots))
        while (i < count && sketch_one(table, data + offsets[i], data + offsets[i + 1], ngram, i, &s, out))
            i++;
    free_slots(&s);
    return i;
}

static const Path path = {tokenize, hash_lines, sketch, sketch_sets, shared_hashes, near_pairs};
