/* UTF-8 to token hashes to shingle hashes. The rules of tokens stand in align/text/tokens.py. */
#pragma once

#include "_kernel.h"

enum { MAX_MARKS = 32 };

static const uint64_t SEED = 0x9E3779B97F4A7C15u, M1 = 0xBF58476D1CE4E5B9u, M2 = 0x94D049BB133111EBu;
static const uint64_t BASE = 0xD6E8FEB86659FD93u; /* of the rolling polynomial */

/* ---- hashes --------------------------------------------------------------------------------------------------- */

static inline uint64_t step(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * M1;
    return hash ^ hash >> 32;
}

static inline uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * M1;
    x = (x ^ x >> 27) * M2;
    return x ^ x >> 31;
}

#if LANES >= 32
/* The same for several numbers at once. */
typedef uint64_t Many __attribute__((vector_size(LANES)));
enum { MANY = LANES / 8 };
#define ALL(x) ((x) - (Many){0})

static inline Many step_many(Many hash, Many word)
{
    hash = (hash ^ word) * M1;
    return hash ^ hash >> 32;
}

static inline Many mix_many(Many x)
{
    x = (x ^ x >> 30) * M1;
    x = (x ^ x >> 27) * M2;
    return x ^ x >> 31;
}

static inline Many load_many(const uint64_t *p)
{
    Many many;
    memcpy(&many, p, sizeof many);
    return many;
}
#else
enum { MANY = 8 };
#endif

static inline uint64_t load(const uint8_t *p)
{
    uint64_t word;
    memcpy(&word, p, 8);
    return word;
}

static inline uint64_t load_some(const uint8_t *p, size_t n)
{
    uint64_t word = 0;
    memcpy(&word, p, n);
    return word;
}

/* 128 bits of a text's bytes, to find identical texts: two lanes that take turns. */
typedef struct {
    uint64_t a, b;
} Print;

enum { BLOCK = 64 }; /* bytes of a text that are taken in together */

static inline void print_block(Print *print, const uint8_t *p)
{
    for (int i = 0; i < BLOCK; i += 16) {
        print->a = step(print->a, load(p + i));
        print->b = step(print->b, load(p + i + 8));
    }
}

/* The rest of the text, less than a block. */
static void print_end(Print print, const uint8_t *p, size_t left, uint64_t *out)
{
    for (; left >= 16; p += 16, left -= 16) {
        print.a = step(print.a, load(p));
        print.b = step(print.b, load(p + 8));
    }
    uint64_t a = step(print.a, load_some(p, left < 8 ? left : 8));
    uint64_t b = step(print.b, left > 8 ? load_some(p + 8, left - 8) : 0);
    out[0] = mix(a + b * BASE);
    out[1] = mix(b ^ (a << 32 | a >> 32));
}

/* ---- tokens --------------------------------------------------------------------------------------------------- */

/* A token being read: its UTF-8 so far is hashed 8 bytes at a time; marks wait until their order is known. */
typedef struct {
    Vector *tokens, *ends;
    uint64_t hash, word;
    unsigned fill, waiting;
    int open, single, failed, alike; /* alike: numbers are all one token */
    uint64_t end;
    uint32_t marks[MAX_MARKS];
} Reader;

static inline void put(Reader *r, uint8_t byte)
{
    r->word |= (uint64_t)byte << 8 * r->fill;
    if (++r->fill == 8) {
        r->hash = step(r->hash, r->word);
        r->word = 0;
        r->fill = 0;
    }
}

static void put_code(Reader *r, uint32_t code)
{
    if (code < 0x80) {
        put(r, (uint8_t)code);
        return;
    }
    if (code < 0x800) {
        put(r, (uint8_t)(0xC0 | code >> 6));
    } else {
        if (code < 0x10000) {
            put(r, (uint8_t)(0xE0 | code >> 12));
        } else {
            put(r, (uint8_t)(0xF0 | code >> 18));
            put(r, (uint8_t)(0x80 | (code >> 12 & 63)));
        }
        put(r, (uint8_t)(0x80 | (code >> 6 & 63)));
    }
    put(r, (uint8_t)(0x80 | (code & 63)));
}

static inline void put_marks(Reader *r)
{
    for (unsigned i = 0; i < r->waiting; i++)
        put_code(r, r->marks[i] >> 8);
    r->waiting = 0;
}

static void put_mark(Reader *r, uint32_t code, uint32_t combining)
{
    if (r->waiting == MAX_MARKS)
        put_marks(r);
    unsigned at = r->waiting++;
    for (; at && (r->marks[at - 1] & 255) > combining; at--)
        r->marks[at] = r->marks[at - 1];
    r->marks[at] = code << 8 | combining;
}

/* Whether these bytes are a number of at most 7 digits. */
static int is_number(const uint8_t *p, size_t length)
{
    for (size_t i = 0; i < length && i < 8; i++)
        if (p[i] < '0' || p[i] > '9')
            return 0;
    return length && length < 8;
}

static inline void finish(Reader *r)
{
    if (!r->open)
        return;
    put_marks(r);
    int number = r->alike && r->hash == SEED && is_number((const uint8_t *)&r->word, r->fill);
    uint64_t hash = number ? 0 : step(r->hash, r->word);
    if (!push(r->tokens, hash) || (r->ends && !push(r->ends, r->end)))
        r->failed = 1;
    r->open = 0;
}

static inline void begin(Reader *r, int single)
{
    r->hash = SEED;
    r->word = 0;
    r->fill = 0;
    r->open = 1;
    r->single = single;
}

static void take(Reader *r, uint32_t kind, uint32_t combining, uint32_t code, uint64_t end)
{
    if (kind == IGNORE || (kind == EXTEND && !r->open))
        return;
    if (kind == SEPARATOR || kind == SINGLE || (kind == WORD && r->single))
        finish(r);
    if (kind == SEPARATOR)
        return;
    if (!r->open)
        begin(r, kind == SINGLE);
    r->end = end;
    if (combining) {
        put_mark(r, code, combining);
    } else {
        put_marks(r);
        put_code(r, code);
    }
}

/* `take` for the many single characters of three bytes. */
static inline void take_single(Reader *r, uint32_t code, uint64_t end)
{
    finish(r);
    begin(r, 1);
    r->word = (0xE0 | code >> 12) | (0x80 | (code >> 6 & 63)) << 8 | (uint64_t)(0x80 | (code & 63)) << 16;
    r->fill = 3;
    r->end = end;
}

static inline void take_code(Reader *r, const Table *table, uint32_t code, uint64_t end)
{
    if (code - 0xAC00 < 11172) {
        uint32_t index = code - 0xAC00, final = index % 28;
        take(r, SINGLE, 0, 0x1100 + index / 588, end);
        take(r, EXTEND, 0, 0x1161 + index % 588 / 28, end);
        if (final)
            take(r, EXTEND, 0, 0x11A7 + final, end);
        return;
    }
    uint32_t entry = lookup(table, code);
    uint32_t stands_for = mapped(entry, code);
    if ((entry & 2047) == SINGLE && stands_for - 0x800 < 0xF800) {
        take_single(r, stands_for, end);
        return;
    }
    if ((entry & 7) != EXPAND) {
        take(r, entry & 7, entry >> 3 & 255, stands_for, end);
        return;
    }
    const uint32_t *part = table->expansions + (entry >> 11);
    for (uint32_t i = 1; i <= part[0]; i++)
        take(r, part[i] & 7, part[i] >> 3 & 255, part[i] >> 11, end);
}

/* One code point; what is not UTF-8 is U+FFFD, one byte long, which separates like any other symbol. */
static inline uint32_t decode(const uint8_t *p, const uint8_t *end, unsigned *length)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned n = *p < 0x80 ? 1 : *p < 0xC2 ? 0 : *p < 0xE0 ? 2 : *p < 0xF0 ? 3 : *p < 0xF5 ? 4 : 0;
    uint32_t code = n == 1 ? *p : n ? (uint32_t)*p & (0x7Fu >> n) : 0;
    int good = n && (size_t)(end - p) >= n;
    for (unsigned i = 1; good && i < n; i++) {
        good = (p[i] & 0xC0) == 0x80;
        code = code << 6 | (p[i] & 63);
    }
    if (!good || code < least[n] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
        *length = 1;
        return 0xFFFD;
    }
    *length = n;
    return code;
}

/* ---- runs ------------------------------------------------------------------------------------------------------
 *
 * A run is a longest row of ASCII letters, digits, underscores and bytes that are not ASCII. What separates runs
 * separates tokens, too, so runs can be read one by one; one that is all ASCII is one token, and most are. */

enum { CHUNK = 4096, WORD_BYTES = 16 };

typedef struct {
    uint8_t lower[CHUNK + WORD_BYTES]; /* the text, ASCII letters lower-cased; a word is read 16 bytes at a time */
    uint32_t edges[CHUNK + BLOCK];     /* where runs start and stop, in turns; may be written to behind what counts */
} Runs;

static const uint64_t HIGH = 0x8080808080808080u;

/* Bit i of the result: byte i of 64 belongs to a run. The bytes are copied, ASCII letters lower-cased. */
#if LANES == 64
static inline uint64_t classify(const uint8_t *p, uint8_t *lower)
{
    const __m512i space = _mm512_set1_epi8(0x20), v = _mm512_loadu_si512(p);
    const __m512i folded = _mm512_sub_epi8(_mm512_or_si512(v, space), _mm512_set1_epi8('a'));
    __mmask64 letter = _mm512_cmplt_epu8_mask(folded, _mm512_set1_epi8(26));
    __mmask64 digit = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8('0')), _mm512_set1_epi8(10));
    _mm512_storeu_si512(lower, _mm512_mask_add_epi8(v, letter, folded, _mm512_set1_epi8('a')));
    return letter | digit | _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('_')) | _mm512_movepi8_mask(v);
}
#elif LANES == 32
static inline uint64_t classify(const uint8_t *p, uint8_t *lower)
{
    const __m256i space = _mm256_set1_epi8(0x20), a = _mm256_set1_epi8('a'), zero = _mm256_set1_epi8('0');
    uint64_t mask = 0;
    for (int i = 0; i < BLOCK; i += LANES) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(p + i));
        __m256i letter = _mm256_sub_epi8(_mm256_or_si256(v, space), a), digit = _mm256_sub_epi8(v, zero);
        letter = _mm256_cmpeq_epi8(_mm256_min_epu8(letter, _mm256_set1_epi8(25)), letter);
        digit = _mm256_cmpeq_epi8(_mm256_min_epu8(digit, _mm256_set1_epi8(9)), digit);
        __m256i other = _mm256_or_si256(v, _mm256_cmpeq_epi8(v, _mm256_set1_epi8('_')));
        __m256i run = _mm256_or_si256(_mm256_or_si256(letter, digit), other);
        mask |= (uint64_t)(uint32_t)_mm256_movemask_epi8(run) << i;
        _mm256_storeu_si256((__m256i *)(lower + i), _mm256_or_si256(v, _mm256_and_si256(letter, space)));
    }
    return mask;
}
#elif LANES == 16
static inline uint64_t classify(const uint8_t *p, uint8_t *lower)
{
    const __m128i space = _mm_set1_epi8(0x20), a = _mm_set1_epi8('a'), zero = _mm_set1_epi8('0');
    uint64_t mask = 0;
    for (int i = 0; i < BLOCK; i += LANES) {
        __m128i v = _mm_loadu_si128((const __m128i *)(p + i));
        __m128i letter = _mm_sub_epi8(_mm_or_si128(v, space), a), digit = _mm_sub_epi8(v, zero);
        letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter);
        digit = _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit);
        __m128i run = _mm_or_si128(_mm_or_si128(letter, digit), _mm_or_si128(v, _mm_cmpeq_epi8(v, _mm_set1_epi8('_'))));
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(run) << i;
        _mm_storeu_si128((__m128i *)(lower + i), _mm_or_si128(v, _mm_and_si128(letter, space)));
    }
    return mask;
}
#else
/* In each byte's high bit: byte >= low, for bytes below 128. */
static inline uint64_t at_least(uint64_t bytes, unsigned low) { return bytes + (128 - low) * 0x0101010101010101u; }

static inline uint64_t classify(const uint8_t *p, uint8_t *lower)
{
    uint64_t mask = 0;
    for (int i = 0; i < BLOCK; i += 8) {
        uint64_t bytes = load(p + i), plain = bytes & ~HIGH, folded = plain | 0x2020202020202020u;
        uint64_t letter = at_least(folded, 'a') & ~at_least(folded, 'z' + 1) & ~bytes & HIGH;
        uint64_t digit = at_least(plain, '0') & ~at_least(plain, '9' + 1);
        uint64_t underscore = at_least(plain, '_') & ~at_least(plain, '_' + 1);
        uint64_t run = (letter | digit | underscore | bytes) & HIGH;
        bytes |= letter >> 2;
        memcpy(lower + i, &bytes, 8);
        mask |= ((run >> 7) * 0x0102040810204080u >> 56) << i; /* the high bits side by side */
    }
    return mask;
}
#endif

/* Appends the places of the bits; may write behind them, fewer than a block has bytes. Returns the new length. */
#if LANES == 64
static inline size_t append_bits(uint32_t *out, size_t length, uint64_t bits, uint32_t from)
{
    const __m512i count = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (unsigned i = 0; i < BLOCK; i += 16) {
        __mmask16 some = (__mmask16)(bits >> i);
        __m512i places = _mm512_add_epi32(count, _mm512_set1_epi32((int)(from + i)));
        _mm512_storeu_si512(out + length, _mm512_maskz_compress_epi32(some, places));
        length += (unsigned)__builtin_popcount(some);
    }
    return length;
}
#else
static inline size_t append_bits(uint32_t *out, size_t length, uint64_t bits, uint32_t from)
{
    uint32_t *at = out + length;
    for (unsigned left = (unsigned)__builtin_popcountll(bits); left; at++, bits &= bits - 1, left--)
        *at = from + (unsigned)__builtin_ctzll(bits);
    return (size_t)(at - out);
}
#endif

static const uint8_t *pad(uint8_t *block, const uint8_t *p, size_t size)
{
    memset(block, 0, BLOCK);
    return memcpy(block, p, size);
}

/* The runs in the next bytes of a text, at most a chunk, of which the first `skip` are passed over. Returns the number
 * of edges: odd where the last run has not ended. `print`, where wanted, takes in all whole blocks. */
static size_t find_runs(Runs *runs, const uint8_t *p, size_t size, size_t skip, Print *print)
{
    size_t count = 0;
    uint64_t before = 0;
    uint8_t padded[BLOCK];
    Print taken = print ? *print : (Print){0};
    for (size_t at = 0; at < size; at += BLOCK) {
        const uint8_t *block = p + at;
        if (size - at < BLOCK)
            block = pad(padded, block, size - at);
        else if (print)
            print_block(&taken, block);
        uint64_t mask = classify(block, runs->lower + at);
        if (at < skip)
            mask &= skip - at < BLOCK ? ~(uint64_t)0 << (skip - at) : 0;
        count = append_bits(runs->edges, count, mask ^ (mask << 1 | before), (uint32_t)at);
        before = mask >> 63;
    }
    if (print)
        *print = taken;
    return count;
}

/* The hash of a lower-cased ASCII word; `seen` collects its bits, so that others can be told. */
static inline uint64_t hash_word(const uint8_t *word, size_t length, uint64_t *seen)
{
    uint64_t state = SEED;
    for (; length >= WORD_BYTES; length -= 8, word += 8) {
        *seen |= load(word);
        state = step(state, load(word));
    }
    uint64_t first = load(word), longer = -(uint64_t)(length >> 3);
    uint64_t last = first ^ ((first ^ load(word + 8)) & longer);
    state ^= (state ^ step(state, first)) & longer;
    last &= ((uint64_t)1 << 8 * (length & 7)) - 1;
    *seen |= last | (first & longer);
    return step(state, last);
}

/* Hashes a run; 0: it is not all ASCII. */
static inline int hash_run(const Runs *runs, size_t i, int alike, uint64_t *out)
{
    const uint8_t *word = runs->lower + runs->edges[2 * i];
    size_t length = runs->edges[2 * i + 1] - runs->edges[2 * i];
    uint64_t seen = 0, hash = hash_word(word, length, &seen);
    *out = alike && is_number(word, length) ? 0 : hash;
    return !(seen & HIGH);
}

#if LANES >= 32
/* Eight bytes of each of several runs, from `at` on. No array between: one that is written by parts and read as a whole
 * keeps the processor waiting. */
static inline Many load_words(const Runs *runs, const uint32_t *edges, size_t at)
{
    const uint8_t *lower = runs->lower + at;
#if LANES == 64
    return (Many){load(lower + edges[0]), load(lower + edges[2]),  load(lower + edges[4]),  load(lower + edges[6]),
                  load(lower + edges[8]), load(lower + edges[10]), load(lower + edges[12]), load(lower + edges[14])};
#else
    return (Many){load(lower + edges[0]), load(lower + edges[2]), load(lower + edges[4]), load(lower + edges[6])};
#endif
}

static inline int any_high(Many x)
{
#if LANES == 64
    return _mm512_test_epi64_mask((__m512i)x, (__m512i)ALL(HIGH)) != 0;
#else
    return !_mm256_testz_si256((__m256i)x, (__m256i)ALL(HIGH));
#endif
}

/* Hashes several runs; 0: one of them is long or not all ASCII. */
static inline int hash_many(const Runs *runs, size_t i, int alike, uint64_t *out)
{
    Many edges, first = load_words(runs, runs->edges + 2 * i, 0), second = load_words(runs, runs->edges + 2 * i, 8);
    memcpy(&edges, runs->edges + 2 * i, sizeof edges);
    Many length = (edges >> 32) - (edges & 0xFFFFFFFF), longer = -(length >> 3), longest = -(length >> 4);
    Many used = (ALL(1) << 8 * (length & 7)) - 1, last = (first ^ ((first ^ second) & longer)) & used;
    if (any_high(last | (first & longer) | longest))
        return 0;
    Many state = SEED ^ ((SEED ^ step_many(ALL(SEED), first)) & longer), hash = step_many(state, last);
    if (alike) { /* numbers: bytes between '0' and '9', fewer than eight */
        Many digits = last | (ALL(0x3030303030303030u) & ~used);
        Many others = ((digits - 0x3030303030303030u) | (digits + 0x4646464646464646u)) & HIGH;
        hash &= (Many)((others | longer) != 0);
    }
    memcpy(out, &hash, sizeof hash);
    return 1;
}
#endif

/* Hashes runs up to the first that is not all ASCII; returns its number. Where numbers are `alike`, their hash is 0. */
static size_t hash_runs(const Runs *runs, size_t from, size_t count, int alike, uint64_t *out)
{
    for (size_t i = from, stop; i < count;) {
        stop = count - i < MANY ? count : i + MANY;
#if LANES >= 32
        if (stop - i == MANY && hash_many(runs, i, alike, out)) {
            i += MANY, out += MANY;
            continue;
        }
#endif
        for (; i < stop; i++, out++)
            if (!hash_run(runs, i, alike, out))
                return i;
    }
    return count;
}

static inline int is_ascii_word(uint8_t c)
{
    return (uint8_t)((c | 32) - 'a') < 26 || (uint8_t)(c - '0') < 10 || c == '_';
}

/* Any run, by its characters; returns where it ends. */
static const uint8_t *read_run(Reader *r, const Table *table, const uint8_t *start, const uint8_t *p,
                               const uint8_t *end)
{
    while (p < end) {
        unsigned length = 1;
        uint32_t code = *p < 0x80 ? *p : decode(p, end, &length);
        if (code < 0x80 && !is_ascii_word(*p))
            break;
        p += length;
        take_code(r, table, code, (uint64_t)(p - start));
    }
    finish(r);
    return p;
}

/* Token hashes of the runs of a chunk at `p`. */
static void read_runs(Reader *r, const Table *table, const Runs *runs, size_t count, const uint8_t *start,
                      const uint8_t *p, const uint8_t *end)
{
    for (size_t i = 0; i < count && !r->failed; i++) {
        if (!reserve(r->tokens, count - i) || (r->ends && !reserve(r->ends, count - i))) {
            r->failed = 1;
            return;
        }
        size_t from = i;
        i = hash_runs(runs, from, count, r->alike, r->tokens->data + r->tokens->length);
        r->tokens->length += i - from;
        if (r->ends)
            for (size_t n = from; n < i; n++)
                r->ends->data[r->ends->length++] = (uint64_t)(p - start) + runs->edges[2 * n + 1];
        if (i < count)
            read_run(r, table, start, p + runs->edges[2 * i], end);
    }
}

/* Token hashes of a text; `ends`, when wanted, gets the byte offset behind each token, `print` all whole blocks. A run
 * that goes on behind its chunk is read by its characters. 0: out of memory. */
static int read_tokens(const Table *table, const uint8_t *start, const uint8_t *end, int alike, Vector *tokens,
                       Vector *ends, Print *print)
{
    Reader r = {.tokens = tokens, .ends = ends, .alike = alike};
    Runs runs;
    size_t size, skip = 0;
    for (const uint8_t *p = start; p < end && !r.failed; p += size) {
        size = end - p < CHUNK ? (size_t)(end - p) : CHUNK;
        size_t count = find_runs(&runs, p, size, skip, print);
        skip = skip > size ? skip - size : 0;
        read_runs(&r, table, &runs, count / 2, start, p, end);
        if (count & 1)
            skip = (size_t)(read_run(&r, table, start, p + runs.edges[count - 1], end) - (p + size));
    }
    return !r.failed;
}

static int tokenize(const Table *table, const uint8_t *start, const uint8_t *end, Vector *tokens, Vector *ends)
{
    return read_tokens(table, start, end, 0, tokens, ends, NULL);
}

/* ---- shingles ------------------------------------------------------------------------------------------------- */

/* The hashes of all runs of n tokens: polynomials, each from the one before, and mixed. */
static void roll(const uint64_t *t, size_t count, size_t n, uint64_t *out)
{
    uint64_t rolling = 0, power = 1, salt = n * SEED;
    for (size_t i = 0; i < n; i++) {
        rolling = rolling * BASE + t[i];
        power *= BASE;
    }
    *out++ = mix(rolling + salt);
    for (size_t i = n; i < count; i++) {
        rolling = rolling * BASE + (t[i] - t[i - n] * power);
        *out++ = mix(rolling + salt);
    }
}

#if LANES == 64
enum { FEW_TOKENS = 8 };

/* The same, where eight products cost as much as one: polynomials of few tokens are faster made side by side. */
static inline size_t roll_many(const uint64_t *t, size_t count, size_t n, uint64_t *out)
{
    size_t i = 0;
    for (; i + n + MANY - 1 <= count; i += MANY) {
        Many sums = load_many(t + i);
        for (size_t place = i + 1; place < i + n; place++)
            sums = sums * BASE + load_many(t + place);
        sums = mix_many(sums + n * SEED);
        memcpy(out + i, &sums, sizeof sums);
    }
    return i;
}
#endif

/* Appends the hashes of all runs of `ngram` tokens; of all tokens where there are fewer; nothing where there is none. */
static int shingle(const Vector *tokens, int ngram, Vector *hashes)
{
    size_t count = tokens->length, n = (size_t)ngram < count ? (size_t)ngram : count;
    if (!n)
        return 1;
    if (!reserve(hashes, count - n + 1))
        return 0;
    uint64_t *out = hashes->data + hashes->length;
    size_t done = 0;
#if LANES == 64
    if (n <= FEW_TOKENS)
        done = roll_many(tokens->data, count, n, out);
#endif
    if (count - done >= n)
        roll(tokens->data + done, count - done, n, out + done);
    hashes->length += count - n + 1;
    return 1;
}

/* ---- lines ---------------------------------------------------------------------------------------------------- */

/* Hash and number of tokens of each line; numbers are all alike, so that dates and counters do not matter. */
static int hash_lines(const Table *table, const uint8_t *p, const uint8_t *end, Vector *tokens, Vector *hashes,
                      Vector *lengths, Vector *counts)
{
    uint64_t lines = 0;
    int good = 1;
    for (const uint8_t *stop; good && p <= end; p = stop + 1, lines++) {
        stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop ? stop : end;
        tokens->length = 0;
        good = read_tokens(table, p, stop, 1, tokens, NULL, NULL);
        uint64_t hash = SEED;
        for (size_t i = 0; i < tokens->length; i++)
            hash = step(hash, tokens->data[i]);
        good = good && push(hashes, mix(hash)) && push(lengths, tokens->length);
    }
    return good && push(counts, lines);
}
