/* Sorted sets of 64-bit hashes: sorting, signatures, and pairs that share a band. */
#pragma once

enum { SMALL = 24, MOST_BITS = 12 };

/* ---- sorting -------------------------------------------------------------------------------------------------- */

static inline void insertion_sort(uint64_t *a, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t value = a[i];
        size_t at = i;
        for (; at && a[at - 1] > value; at--)
            a[at] = a[at - 1];
        a[at] = value;
    }
}

static unsigned bits_for(size_t n)
{
    unsigned bits = 4;
    while (bits < MOST_BITS && n >> bits > 1)
        bits++;
    return bits;
}

/* Hashes are uniform: one pass over their highest `top` bits leaves buckets of one or two, and little to insert. Where
 * a bucket is large, because hashes are equal or there are very many, buckets are sorted by further bits. */
CLONED static void sort_hashes(uint64_t *a, uint64_t *scratch, size_t n, unsigned top)
{
    if (n <= SMALL) {
        insertion_sort(a, n);
        return;
    }
    if (!top)
        return;
    unsigned bits = bits_for(n) < top ? bits_for(n) : top, shift = top - bits;
    uint32_t mask = ((uint32_t)1 << bits) - 1;
    size_t ends[(1 << MOST_BITS) + 1], largest = 0;
    memset(ends, 0, (mask + 2) * sizeof *ends);
    for (size_t i = 0; i < n; i++)
        ends[(a[i] >> shift & mask) + 1]++;
    for (uint32_t b = 1; b <= mask + 1; b++) {
        largest = ends[b] > largest ? ends[b] : largest;
        ends[b] += ends[b - 1];
    }
    memcpy(scratch, a, n * sizeof *a);
    for (size_t i = 0; i < n; i++)
        a[ends[scratch[i] >> shift & mask]++] = scratch[i];
    if (largest <= SMALL) {
        insertion_sort(a, n);
        return;
    }
    for (uint32_t b = 0; b <= mask; b++) {
        size_t from = b ? ends[b - 1] : 0;
        sort_hashes(a + from, scratch, ends[b] - from, shift);
    }
}

static size_t deduplicate(uint64_t *a, size_t n)
{
    size_t kept = n ? 1 : 0;
    for (size_t i = 1; i < n; i++) {
        a[kept] = a[i];
        kept += a[i] != a[kept - 1];
    }
    return kept;
}

/* ---- signatures ----------------------------------------------------------------------------------------------- */

static inline uint32_t slot_of(uint64_t hash, uint32_t slots) { return (uint32_t)((hash >> 32) * slots >> 32); }

/* Fast similarity sketching (Dahlgaard, Knudsen, Thorup 2017): in round r each hash draws a slot and a value; a slot
 * keeps the lowest value of the first round that reaches it. After `slots` rounds the slots still empty are filled
 * one by one. Two sets agree in a slot with a probability equal to their Jaccard similarity. */
CLONED static void sketch_hashes(const uint64_t *hashes, size_t n, int slots, uint64_t *lowest, uint16_t *round, uint32_t *out)
{
    uint32_t k = (uint32_t)slots, empty = k;
    memset(lowest, 0xFF, k * sizeof *lowest);
    memset(round, 0xFF, k * sizeof *round);
    for (uint32_t r = 0; n && empty && r < 2 * k; r++) {
        uint64_t salt = r * SEED;
        for (size_t i = 0; i < n; i++) {
            uint64_t value = r ? mix(hashes[i] + salt) : hashes[i];
            uint32_t slot = r < k ? slot_of(value, k) : r - k;
            if (round[slot] < r)
                continue;
            empty -= round[slot] > r;
            round[slot] = (uint16_t)r;
            lowest[slot] = value < lowest[slot] ? value : lowest[slot];
        }
    }
    for (uint32_t slot = 0; slot < k; slot++)
        out[slot] = (uint32_t)lowest[slot];
}

/* ---- verification --------------------------------------------------------------------------------------------- */

/* Common hashes of two sorted sets; gives up (returns -1) when fewer than `need` remain possible. */
CLONED static int64_t shared_hashes(const uint64_t *a, size_t na, const uint64_t *b, size_t nb, size_t need)
{
    size_t i = 0, j = 0, common = 0;
    while (i < na && j < nb) {
        size_t stop = i + 32 < na ? i + 32 : na;
        while (i < stop && j < nb) {
            uint64_t x = a[i], y = b[j];
            common += x == y;
            i += x <= y;
            j += y <= x;
        }
        size_t left = na - i < nb - j ? na - i : nb - j;
        if (common + left < need)
            return -1;
    }
    return common < need ? -1 : (int64_t)common;
}

/* The least number of common hashes with which sets of these sizes reach the threshold; 0: they cannot. */
static size_t needed(size_t na, size_t nb, double threshold)
{
    size_t all = na + nb, small = na < nb ? na : nb;
    size_t need = (size_t)(threshold / (1.0 + threshold) * (double)all);
    need = need > small ? small : need;
    while (need && (double)(need - 1) / (double)(all - need + 1) >= threshold)
        need--;
    while (need <= small && (double)need / (double)(all - need) < threshold)
        need++;
    return need > small || !small ? 0 : need ? need : 1;
}

/* ---- candidates ----------------------------------------------------------------------------------------------- */

typedef struct {
    uint64_t key;
    uint32_t document;
} Keyed;

typedef struct {
    const uint64_t *keys, *hashes;
    const int64_t *offsets, *documents, *rank; /* documents: those to compare, rising; rank: of every document */
    size_t count, crowded;
    int bands;
    double threshold;
    Vector pairs, shared, sparse; /* sparse: keys of the buckets in which not all pairs were compared */
    uint64_t compared;
} Near;

enum { BANDS_TO_SPARE = 2, OVERCROWDED = 5 };

/* Stable, by the highest `top` bits of the keys, so that documents of one key stay in order. */
static void sort_keys(Keyed *a, Keyed *scratch, size_t n, unsigned top)
{
    if (n <= SMALL) {
        for (size_t i = 1; i < n; i++) {
            Keyed value = a[i];
            size_t at = i;
            for (; at && a[at - 1].key > value.key; at--)
                a[at] = a[at - 1];
            a[at] = value;
        }
        return;
    }
    if (!top)
        return;
    unsigned bits = bits_for(n) < top ? bits_for(n) : top, shift = top - bits;
    uint32_t mask = ((uint32_t)1 << bits) - 1;
    size_t ends[(1 << MOST_BITS) + 1];
    memset(ends, 0, (mask + 2) * sizeof *ends);
    for (size_t i = 0; i < n; i++)
        ends[(a[i].key >> shift & mask) + 1]++;
    for (uint32_t b = 1; b <= mask; b++)
        ends[b] += ends[b - 1];
    memcpy(scratch, a, n * sizeof *a);
    for (size_t i = 0; i < n; i++)
        a[ends[scratch[i].key >> shift & mask]++] = scratch[i];
    for (uint32_t b = 0; b <= mask; b++) {
        size_t from = b ? ends[b - 1] : 0, size = ends[b] - from;
        if (size > 1)
            sort_keys(a + from, scratch, size, shift);
    }
}

static int is_sparse(const Near *near, uint64_t key)
{
    for (size_t i = 0; i < near->sparse.length; i++)
        if (near->sparse.data[i] == key)
            return 1;
    return 0;
}

/* Whether an earlier band already brought these two together. */
static int seen_before(const Near *near, size_t p, size_t q, int band)
{
    const uint64_t *x = near->keys + p * (size_t)near->bands, *y = near->keys + q * (size_t)near->bands;
    for (int b = 0; b < band; b++)
        if (x[b] == y[b] && !is_sparse(near, x[b]))
            return 1;
    return 0;
}

static int compare(Near *near, uint32_t p, uint32_t q, int band)
{
    const int64_t *o = near->offsets;
    size_t np = (size_t)(o[p + 1] - o[p]), nq = (size_t)(o[q + 1] - o[q]);
    size_t need = needed(np, nq, near->threshold);
    if (!need || seen_before(near, p, q, band))
        return 1;
    near->compared++;
    int64_t common = shared_hashes(near->hashes + o[p], np, near->hashes + o[q], nq, need);
    if (common < 0)
        return 1;
    return push(&near->pairs, (uint64_t)p << 32 | q) && push(&near->shared, (uint64_t)common);
}

static int compare_run(Near *near, const Keyed *run, size_t n, int band)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            if (!compare(near, run[i].document, run[j].document, band))
                return 0;
    return 1;
}

/* The first of the stars that a document is near to, in order; -1: to none. `common` gets their common hashes. */
static int64_t nearest_star(Near *near, const uint32_t *stars, size_t count, uint32_t document, int64_t *common)
{
    const int64_t *o = near->offsets;
    size_t size = (size_t)(o[document + 1] - o[document]);
    for (size_t i = 0; i < count; i++) {
        int64_t other = stars[i];
        size_t need = needed((size_t)(o[other + 1] - o[other]), size, near->threshold);
        if (!need)
            continue;
        near->compared++;
        *common = shared_hashes(near->hashes + o[other], (size_t)(o[other + 1] - o[other]), near->hashes + o[document],
                                size, need);
        if (*common >= 0)
            return other;
    }
    return -1;
}

/* A crowd: in order of rank, each document is compared with those before it that were near to none themselves. */
static int compare_crowd(Near *near, Keyed *run, Keyed *scratch, size_t n)
{
    uint32_t *stars = malloc(n * sizeof *stars);
    size_t count = 0;
    int good = stars != NULL;
    for (size_t i = 0; i < n; i++)
        run[i].key = (uint64_t)near->rank[run[i].document];
    sort_keys(run, scratch, n, 32);
    for (size_t i = 0; good && i < n; i++) {
        uint32_t document = run[i].document;
        int64_t common, star = nearest_star(near, stars, count, document, &common);
        if (star < 0) {
            stars[count++] = document;
            continue;
        }
        uint64_t low = (uint64_t)star < document ? (uint64_t)star : document;
        good = push(&near->pairs, low << 32 | ((uint64_t)star + document - low)) && push(&near->shared, (uint64_t)common);
    }
    free(stars);
    return good;
}

/* The documents that have shingles, by the key of one band. */
static size_t keyed_documents(const Near *near, int band, Keyed *keyed)
{
    size_t n = 0;
    for (size_t i = 0; i < near->count; i++) {
        int64_t d = near->documents[i];
        if (near->offsets[d + 1] > near->offsets[d]) {
            keyed[n].key = near->keys[(size_t)d * (size_t)near->bands + (size_t)band];
            keyed[n++].document = (uint32_t)d;
        }
    }
    return n;
}

/* All pairs of documents that share a band key and reach the threshold, ordered by band, key, documents. In a bucket of
 * more than `crowded` documents only pairs with stars are; one several times as large is passed over in at most two
 * bands, because the others find its pairs too. A pair comes once, but for those with stars. */
static int near_pairs(Near *near)
{
    Keyed *keyed = malloc((near->count + 1) * sizeof *keyed), *scratch = malloc((near->count + 1) * sizeof *keyed);
    int good = keyed && scratch, spared = 0;
    for (int band = 0; good && band < near->bands; band++) {
        size_t n = keyed_documents(near, band, keyed);
        int passed_over = 0;
        sort_keys(keyed, scratch, n, 64);
        for (size_t from = 0, to; good && from < n; from = to) {
            for (to = from + 1; to < n && keyed[to].key == keyed[from].key;)
                to++;
            size_t size = to - from;
            if (size <= near->crowded) {
                good = compare_run(near, keyed + from, size, band);
                continue;
            }
            good = push(&near->sparse, keyed[from].key);
            if (size > OVERCROWDED * near->crowded && spared < BANDS_TO_SPARE)
                passed_over = 1;
            else
                good = good && compare_crowd(near, keyed + from, scratch, size);
        }
        spared += passed_over;
    }
    free(keyed);
    free(scratch);
    return good;
}
