/* Sorted sets of 64-bit hashes: sorting, signatures, and pairs that share a band. */
#pragma once

#include "_kernel.h"

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
static void sort_hashes(uint64_t *a, uint64_t *scratch, size_t n, unsigned top)
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

/* Puts a hash into a sorted set, most likely near its end; returns how many it has then. */
static size_t insert_hash(uint64_t *set, size_t size, uint64_t value)
{
    size_t at = size;
    while (at && set[at - 1] > value)
        at--;
    if (at && set[at - 1] == value)
        return size;
    memmove(set + at + 1, set + at, (size - at) * sizeof *set);
    set[at] = value;
    return size + 1;
}

/* The set of what is nearly sorted already; returns its size. Most of what is out of order changes places with its
 * neighbour, for which the larger of the two is held back, without a branch. */
static size_t settle(uint64_t *hashes, size_t n, uint64_t *set)
{
    if (!n)
        return 0;
    uint64_t held = hashes[0], last = 0;
    size_t size = 0;
    for (size_t i = 1; i < n; i++) {
        uint64_t value = hashes[i], low = value < held ? value : held;
        held = value < held ? held : value;
        if (low > last || !size) {
            set[size++] = last = low;
        } else {
            size = insert_hash(set, size, low);
        }
    }
    return insert_hash(set, size, held);
}

/* Counts to the sums of the counts before them, four at a time: a product with ones adds up the lower lanes. */
static void add_up(uint16_t *counts, size_t n)
{
    const uint64_t ones = 0x0001000100010001u;
    uint64_t before = 0, four;
    for (size_t i = 0; i < n; i += 4) {
        memcpy(&four, counts + i, 8);
        uint64_t sums = four * ones, start = sums - four + before * ones;
        memcpy(counts + i, &start, 8);
        before += sums >> 48;
    }
}

/* Spreads hashes over twice as many buckets by their highest bits, so that most are alone; 0: some bucket is large. */
static int spread(const uint64_t *hashes, size_t n, uint64_t *out)
{
    uint16_t counts[2 << MOST_BITS], largest = 0;
    unsigned bits = bits_for(n - 1) + 1, shift = 64 - bits;
    memset(counts, 0, sizeof *counts << bits);
    for (size_t i = 0; i < n; i++) {
        uint16_t count = ++counts[hashes[i] >> shift];
        largest = count > largest ? count : largest;
    }
    if (largest > SMALL)
        return 0;
    add_up(counts, (size_t)1 << bits);
    for (size_t i = 0; i < n; i++)
        out[counts[hashes[i] >> shift]++] = hashes[i];
    return 1;
}

/* The sorted set of hashes, and its size; what is in `hashes` is lost. */
static size_t sort_set(uint64_t *hashes, size_t n, uint64_t *scratch, uint64_t *set)
{
    if (n > SMALL && n <= (size_t)1 << MOST_BITS && spread(hashes, n, scratch))
        return settle(scratch, n, set);
    if (n)
        sort_hashes(hashes, scratch, n, 64);
    return settle(hashes, n, set);
}

/* ---- signatures ------------------------------------------------------------------------------------------------
 *
 * Fast similarity sketching (Dahlgaard, Knudsen, Thorup 2017): in round r each hash draws a slot and a value; a slot
 * keeps the lowest value of the first round that reaches it. After `slots` rounds the slots still empty are filled
 * one by one. Two sets agree in a slot with a probability equal to their Jaccard similarity. */

enum { FEW = 4, UNREACHED = 0xFFFF };

typedef struct {
    uint64_t *lowest; /* of each slot: the lowest value of the first round that reached it */
    uint16_t *round;  /* that round */
    uint32_t slots, empty;
} Slots;

static inline uint32_t slot_of(uint64_t hash, uint32_t slots) { return (uint32_t)((hash >> 32) * slots >> 32); }

/* The first round: every slot that is drawn is empty, or has a value of this round. */
static void draw_first(Slots *s, const uint64_t *hashes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t slot = slot_of(hashes[i], s->slots);
        s->lowest[slot] = hashes[i] < s->lowest[slot] ? hashes[i] : s->lowest[slot];
        s->round[slot] = 0;
    }
}

/* The same of a sorted set: slots rise with values, so from the end on, what comes later is lower. */
static void draw_sorted(Slots *s, const uint64_t *hashes, size_t n)
{
    for (size_t i = n; i--;) {
        uint32_t slot = slot_of(hashes[i], s->slots);
        s->lowest[slot] = hashes[i];
        s->round[slot] = 0;
    }
}

static uint32_t unreached(const Slots *s)
{
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < s->slots; slot++)
        count += s->round[slot] == UNREACHED;
    return count;
}

/* A later round of hashes that draw a slot and a value. */
static void draw(Slots *s, const uint64_t *hashes, size_t n, uint32_t r)
{
    uint64_t salt = r * SEED;
    for (size_t i = 0; i < n; i++) {
        uint64_t value = mix(hashes[i] + salt);
        uint32_t slot = slot_of(value, s->slots);
        if (s->round[slot] < r)
            continue;
        s->empty -= s->round[slot] > r;
        s->round[slot] = (uint16_t)r;
        s->lowest[slot] = value < s->lowest[slot] ? value : s->lowest[slot];
    }
}

#if LANES >= 32
/* The values that draw a slot are a range of numbers; where it begins. */
static inline uint64_t range_of(uint32_t slot, uint32_t slots)
{
    return ((((uint64_t)slot << 32) + slots - 1) / slots) << 32;
}

/* A round in which few slots are empty: for each, the lowest value from the start of its range on (and around) is found
 * without branches, several side by side; it is in the range or there is none. */
static void draw_for_few(Slots *s, const uint64_t *hashes, size_t n, uint32_t r, const uint32_t *slots, uint32_t count)
{
    uint64_t from[FEW] = {0}, a = ~(uint64_t)0, b = a, c = a, d = a, salt = r * SEED;
    for (uint32_t e = 0; e < count; e++)
        from[e] = range_of(slots[e], s->slots);
    for (size_t i = 0; i < n; i++) {
        uint64_t value = mix(hashes[i] + salt);
        a = value - from[0] < a ? value - from[0] : a;
        b = value - from[1] < b ? value - from[1] : b;
        c = value - from[2] < c ? value - from[2] : c;
        d = value - from[3] < d ? value - from[3] : d;
    }
    const uint64_t least[FEW] = {a, b, c, d};
    for (uint32_t e = 0; e < count; e++)
        if (least[e] <= range_of(slots[e] + 1, s->slots) - 1 - from[e]) {
            s->lowest[slots[e]] = from[e] + least[e];
            s->round[slots[e]] = (uint16_t)r;
            s->empty--;
        }
}

/* `draw` while many slots are empty, then for a few at a time. */
static void draw_again(Slots *s, const uint64_t *hashes, size_t n, uint32_t r)
{
    uint32_t slots[2 * FEW], count = 0;
    if (s->empty > 2 * FEW) {
        draw(s, hashes, n, r);
        return;
    }
    for (uint32_t slot = 0; slot < s->slots; slot++)
        if (s->round[slot] == UNREACHED)
            slots[count++] = slot;
    for (uint32_t e = 0; e < count; e += FEW)
        draw_for_few(s, hashes, n, r, slots + e, count - e < FEW ? count - e : FEW);
}
#else
#define draw_again draw
#endif

/* The lowest value in a slot's own round. */
static void fill(Slots *s, const uint64_t *hashes, size_t n, uint32_t slot)
{
    uint64_t salt = (s->slots + slot) * SEED;
    for (size_t i = 0; i < n; i++) {
        uint64_t value = mix(hashes[i] + salt);
        s->lowest[slot] = value < s->lowest[slot] ? value : s->lowest[slot];
    }
}

static void clear(Slots *s)
{
    memset(s->lowest, 0xFF, s->slots * sizeof *s->lowest);
    memset(s->round, 0xFF, s->slots * sizeof *s->round);
}

/* All rounds after the first. */
static void sketch_on(Slots *s, const uint64_t *hashes, size_t n, uint32_t *out)
{
    s->empty = unreached(s);
    for (uint32_t r = 1; n && s->empty && r < s->slots; r++)
        draw_again(s, hashes, n, r);
    for (uint32_t slot = 0; n && s->empty && slot < s->slots; slot++)
        if (s->round[slot] == UNREACHED)
            fill(s, hashes, n, slot);
    for (uint32_t slot = 0; slot < s->slots; slot++)
        out[slot] = (uint32_t)s->lowest[slot];
}

static int new_slots(Slots *s, int slots)
{
    s->slots = (uint32_t)slots;
    s->lowest = malloc((size_t)slots * sizeof *s->lowest);
    s->round = malloc((size_t)slots * sizeof *s->round);
    return s->lowest && s->round;
}

static void free_slots(Slots *s)
{
    free(s->lowest);
    free(s->round);
}

static void sketch_hashes(Slots *s, const uint64_t *hashes, size_t n, uint32_t *out)
{
    clear(s);
    draw_first(s, hashes, n);
    sketch_on(s, hashes, n, out);
}

static void sketch_sorted(Slots *s, const uint64_t *hashes, size_t n, uint32_t *out)
{
    clear(s);
    draw_sorted(s, hashes, n);
    sketch_on(s, hashes, n, out);
}

/* Signatures of sets of hashes in any order. */
static int sketch_sets(const uint64_t *hashes, const int64_t *offsets, size_t count, int slots, uint32_t *out)
{
    Slots s;
    int good = new_slots(&s, slots);
    for (size_t i = 0; good && i < count; i++)
        sketch_hashes(&s, hashes + offsets[i], (size_t)(offsets[i + 1] - offsets[i]), out + (size_t)slots * i);
    free_slots(&s);
    return good;
}

/* ---- verification --------------------------------------------------------------------------------------------- */

/* Common hashes of two sorted sets; gives up (returns -1) when fewer than `need` remain possible. */
static int64_t shared_hashes(const uint64_t *a, size_t na, const uint64_t *b, size_t nb, size_t need)
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
