/* UTF-8 to token hashes to shingle hashes. The rules of tokens stand in align/text/tokens.py. */
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Compiled once more for newer processors where the compiler and the loader can choose at run time. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12 && defined(__x86_64__) && defined(__GLIBC__)
#define CLONED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONED
#endif

enum { SEPARATOR, WORD, SINGLE, EXTEND, IGNORE, EXPAND };
enum { MAX_MARKS = 32 };

static const uint64_t SEED = 0x9E3779B97F4A7C15u, M1 = 0xBF58476D1CE4E5B9u, M2 = 0x94D049BB133111EBu;
static const uint64_t BASE = 0xD6E8FEB86659FD93u; /* of the rolling polynomial */

/* ---- growing arrays of 64-bit numbers ------------------------------------------------------------------------- */

typedef struct {
    uint64_t *data;
    size_t length, capacity;
} Vector;

static int reserve(Vector *v, size_t more)
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

static int push(Vector *v, uint64_t value)
{
    if (v->length == v->capacity && !reserve(v, 1))
        return 0;
    v->data[v->length++] = value;
    return 1;
}

/* ---- the table ------------------------------------------------------------------------------------------------ */

typedef struct {
    const uint16_t *blocks;
    const uint32_t *entries, *expansions;
} Table;

static inline uint32_t lookup(const Table *t, uint32_t code)
{
    return t->entries[(size_t)t->blocks[code >> 7] * 128 + (code & 127)];
}

static inline uint32_t mapped(uint32_t entry, uint32_t code) { return (code + (entry >> 11)) & 0x1FFFFF; }

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
static void fingerprint(const uint8_t *p, const uint8_t *end, uint64_t *out)
{
    uint64_t a = SEED ^ (uint64_t)(end - p), b = M2;
    for (; end - p >= 16; p += 16) {
        a = step(a, load(p));
        b = step(b, load(p + 8));
    }
    size_t left = (size_t)(end - p);
    a = step(a, load_some(p, left < 8 ? left : 8));
    b = step(b, left > 8 ? load_some(p + 8, left - 8) : 0);
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

/* Whether the token is a number of at most 7 digits. */
static int is_number(const Reader *r)
{
    uint64_t word = r->word;
    for (unsigned i = 0; i < r->fill; i++, word >>= 8)
        if ((word & 255) < '0' || (word & 255) > '9')
            return 0;
    return r->hash == SEED && r->fill;
}

static inline void finish(Reader *r)
{
    if (!r->open)
        return;
    put_marks(r);
    uint64_t hash = r->alike && is_number(r) ? 0 : step(r->hash, r->word);
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

static const uint64_t HIGH = 0x8080808080808080u, ONES = 0x0101010101010101u;

/* In each byte's high bit: byte >= low, for bytes below 128. */
static inline uint64_t at_least(uint64_t bytes, unsigned low) { return bytes + (uint64_t)(128 - low) * ONES; }

/* Which of 8 bytes are ASCII letters, digits or underscores (in their high bits); the bytes lower-cased. */
static inline uint64_t ascii_word(uint64_t bytes, uint64_t *lower)
{
    uint64_t plain = bytes & ~HIGH;
    uint64_t folded = plain | 0x20 * ONES;
    uint64_t letter = at_least(folded, 'a') & ~at_least(folded, 'z' + 1);
    uint64_t digit = at_least(plain, '0') & ~at_least(plain, '9' + 1);
    uint64_t underscore = at_least(plain, '_') & ~at_least(plain, '_' + 1);
    uint64_t upper = at_least(plain, 'A') & ~at_least(plain, 'Z' + 1) & HIGH;
    *lower = bytes | upper >> 2;
    return (letter | digit | underscore) & ~bytes & HIGH;
}

/* A word that begins with ASCII, eight bytes at a time; stops behind its last ASCII byte, the token still open. */
static inline const uint8_t *ascii_run(Reader *r, const uint8_t *p, const uint8_t *end)
{
    begin(r, 0);
    for (;;) {
        uint64_t lower, size = (uint64_t)(end - p);
        uint64_t stop = ~ascii_word(size >= 8 ? load(p) : load_some(p, size), &lower) & HIGH;
        if (stop) {
            unsigned n = (unsigned)__builtin_ctzll(stop) >> 3;
            r->word = n ? lower & ~(uint64_t)0 >> (64 - 8 * n) : 0;
            r->fill = n;
            return p + n;
        }
        r->hash = step(r->hash, lower);
        p += 8;
    }
}

static inline int ascii_word_byte(uint8_t c)
{
    return (uint8_t)((c | 32) - 'a') < 26 || (uint8_t)(c - '0') < 10 || c == '_';
}

/* Bit i of the result: byte i is an ASCII letter or digit; of `other`: it is an underscore or not ASCII. */
static inline uint64_t classify(const uint8_t *p, uint64_t *other)
{
    uint64_t mask = 0;
    *other = 0;
#ifdef __SSE2__
    const __m128i a = _mm_set1_epi8('a'), z = _mm_set1_epi8(25), zero = _mm_set1_epi8('0'), nine = _mm_set1_epi8(9);
    const __m128i space = _mm_set1_epi8(0x20), underscore = _mm_set1_epi8('_');
    for (int i = 0; i < 64; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(p + i));
        __m128i letter = _mm_sub_epi8(_mm_or_si128(v, space), a), digit = _mm_sub_epi8(v, zero);
        __m128i word = _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(letter, z), letter),
                                    _mm_cmpeq_epi8(_mm_min_epu8(digit, nine), digit));
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(word) << i;
        *other |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_or_si128(v, _mm_cmpeq_epi8(v, underscore))) << i;
    }
#else
    for (int i = 0; i < 64; i += 8) {
        uint64_t bytes = load(p + i), low, word = ascii_word(bytes, &low);
        uint64_t plain = bytes & ~HIGH, underscore = at_least(plain, '_') & ~at_least(plain, '_' + 1) & HIGH;
        mask |= (((word & ~underscore) >> 7) * 0x0102040810204080u >> 56) << i;
        *other |= ((((bytes & HIGH) | underscore) >> 7) * 0x0102040810204080u >> 56) << i;
    }
#endif
    return mask;
}

/* The hash of a word of ASCII letters and digits; 16 bytes can be read. Only long words cost a branch. */
static inline uint64_t hash_word(const uint8_t *word, unsigned length, int alike)
{
    const uint64_t lower = 0x20 * ONES; /* digits have this bit already */
    uint64_t state = SEED;
    for (; length > 15; length -= 8, word += 8)
        state = step(state, load(word) | lower);
    uint64_t first = load(word) | lower, longer = -(uint64_t)(length >> 3);
    uint64_t last = first ^ ((first ^ (load(word + 8) | lower)) & longer);
    uint64_t before = state ^ ((state ^ step(state, first)) & longer);
    last &= ((uint64_t)1 << 8 * (length & 7)) - 1;
    Reader number = {.hash = before, .word = last, .fill = length & 7};
    return alike && is_number(&number) ? 0 : step(before, last);
}

/* The words among the next 64 bytes, up to one that runs on or that has other characters; returns where to go on. */
static inline const uint8_t *ascii_block(Reader *r, const uint8_t *start, const uint8_t *p)
{
    uint64_t other, mask = classify(p, &other);
    unsigned size = other ? (unsigned)__builtin_ctzll(other) : 64;
    if (size < 64)
        mask &= ((uint64_t)1 << size) - 1;
    uint64_t starts = mask & ~(mask << 1), stops = ~mask & mask << 1;
    if (size && mask >> (size - 1) & 1) {
        size = 63 - (unsigned)__builtin_clzll(starts);
        stops &= size ? ~(uint64_t)0 >> (64 - size) : 0;
    }
    if (!reserve(r->tokens, 32) || (r->ends && !reserve(r->ends, 32))) {
        r->failed = 1;
        return p + size;
    }
    for (; stops; starts &= starts - 1, stops &= stops - 1) {
        unsigned from = (unsigned)__builtin_ctzll(starts), to = (unsigned)__builtin_ctzll(stops);
        r->tokens->data[r->tokens->length++] = hash_word(p + from, to - from, r->alike);
        if (r->ends)
            r->ends->data[r->ends->length++] = (uint64_t)(p - start) + to;
    }
    return p + size;
}

/* Any text, until `stop` is reached; a token may stay open. */
static const uint8_t *any_text(Reader *r, const Table *table, const uint8_t *start, const uint8_t *p,
                               const uint8_t *stop, const uint8_t *end)
{
    while (p < stop) {
        if (*p >= 0x80) {
            unsigned length;
            uint32_t code = decode(p, end, &length);
            p += length;
            take_code(r, table, code, (uint64_t)(p - start));
        } else if (!ascii_word_byte(*p)) {
            finish(r);
            p++;
        } else if (r->open && !r->single) {
            take(r, WORD, 0, *p >= 'A' && *p <= 'Z' ? *p + 32u : *p, (uint64_t)(p - start) + 1);
            p++;
        } else {
            finish(r);
            p = ascii_run(r, p, end);
            r->end = (uint64_t)(p - start);
        }
    }
    return p;
}

/* Token hashes of a text; `ends`, when wanted, gets the byte offset behind each token. 0: out of memory. */
CLONED static int tokenize(const Table *table, const uint8_t *start, const uint8_t *end, int alike, Vector *tokens,
                    Vector *ends)
{
    Reader r = {.tokens = tokens, .ends = ends, .alike = alike};
    for (const uint8_t *p = start, *next; p < end && !r.failed; p = next) {
        next = !r.open && end - p >= 64 + 16 ? ascii_block(&r, start, p) : p;
        if (next == p)
            next = any_text(&r, table, start, p, end - p > 64 ? p + 64 : end, end);
    }
    finish(&r);
    return !r.failed;
}

/* ---- shingles ------------------------------------------------------------------------------------------------- */

/* Appends the hashes of all runs of `ngram` tokens; of all tokens where there are fewer; nothing where there is none. */
CLONED static int shingle(const Vector *tokens, int ngram, Vector *hashes)
{
    size_t count = tokens->length, n = (size_t)ngram < count ? (size_t)ngram : count;
    if (!n)
        return 1;
    if (!reserve(hashes, count - n + 1))
        return 0;
    const uint64_t *t = tokens->data;
    uint64_t *out = hashes->data + hashes->length, rolling = 0, power = 1, salt = n * SEED;
    for (size_t i = 0; i < n; i++) {
        rolling = rolling * BASE + t[i];
        power *= BASE;
    }
    *out++ = mix(rolling + salt);
    for (size_t i = n; i < count; i++) {
        rolling = rolling * BASE + (t[i] - t[i - n] * power);
        *out++ = mix(rolling + salt);
    }
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
        good = tokenize(table, p, stop, 1, tokens, NULL);
        uint64_t hash = SEED;
        for (size_t i = 0; i < tokens->length; i++)
            hash = step(hash, tokens->data[i]);
        good = good && push(hashes, mix(hash)) && push(lengths, tokens->length);
    }
    return good && push(counts, lines);
}
