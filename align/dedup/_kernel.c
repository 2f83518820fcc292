/* The compiled twin of align/dedup/reference.py: from UTF-8 to tokens, shingle hashes, signatures, and verified pairs.
 *
 * Every function takes buffers, releases the interpreter lock while it works, and returns bytes; both twins give
 * the same bytes for the same input, and the same tests run on both. Little-endian machines only: anywhere else the
 * import fails and the reference is used.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "little-endian only; align works without this extension"
#endif

#include "_kernel_text.h"
#include "_kernel_sets.h"

/* ---- arguments and results ------------------------------------------------------------------------------------ */

static PyObject *as_bytes(const void *data, size_t size)
{
    return PyBytes_FromStringAndSize((const char *)data, (Py_ssize_t)size);
}

static PyObject *vector_bytes(const Vector *v) { return as_bytes(v->data, v->length * sizeof(uint64_t)); }

static int checked_table(const Py_buffer *b, Table *table)
{
    table->blocks = b[0].buf;
    table->entries = b[1].buf;
    table->expansions = b[2].buf;
    for (int c = 0; c < 128; c++) {
        uint32_t entry = lookup(table, (uint32_t)c);
        int word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        uint32_t lower = c >= 'A' && c <= 'Z' ? (uint32_t)c + 32 : (uint32_t)c;
        if ((entry & 7) != (word ? WORD : SEPARATOR) || (word && mapped(entry, (uint32_t)c) != lower)) {
            PyErr_SetString(PyExc_ValueError, "the token table does not agree with this kernel about ASCII");
            return 0;
        }
    }
    return 1;
}

/* Offsets must rise and stay inside the data: they come from files. */
static int checked_offsets(const Py_buffer *offsets, Py_ssize_t limit, Py_ssize_t *count)
{
    const int64_t *o = offsets->buf;
    *count = offsets->len / 8 - 1;
    int good = offsets->len % 8 == 0 && *count >= 0 && o[0] >= 0;
    for (Py_ssize_t i = 0; good && i < *count; i++)
        good = o[i] <= o[i + 1];
    if (!good || o[*count] > limit) {
        PyErr_SetString(PyExc_ValueError, "offsets must be int64, rising, and end inside the data");
        return 0;
    }
    return 1;
}

static void release(Py_buffer *buffers, int count)
{
    for (int i = 0; i < count; i++)
        PyBuffer_Release(&buffers[i]);
}

/* ---- sketch: documents to fingerprints, shingles and signatures ----------------------------------------------- */

typedef struct {
    Vector tokens, hashes, scratch;
    int64_t *totals, *counts;
    uint64_t *prints;
    uint32_t *signatures;
} Sketch;

static int sketch_all(const Table *table, const uint8_t *data, const int64_t *offsets, Py_ssize_t count, int ngram,
                      int slots, Sketch *out)
{
    uint64_t *lowest = malloc(sizeof(uint64_t) * (size_t)slots);
    uint16_t *round = malloc(sizeof(uint16_t) * (size_t)slots);
    int good = lowest && round;
    for (Py_ssize_t i = 0; good && i < count; i++) {
        const uint8_t *start = data + offsets[i], *end = data + offsets[i + 1];
        size_t before = out->hashes.length;
        fingerprint(start, end, out->prints + 2 * i);
        out->tokens.length = 0;
        good = tokenize(table, start, end, 0, &out->tokens, NULL) && shingle(&out->tokens, ngram, &out->hashes);
        if (!good)
            break;
        size_t total = out->hashes.length - before;
        out->totals[i] = (int64_t)total;
        good = reserve(&out->scratch, total);
        if (!good)
            break;
        uint64_t *mine = out->hashes.data + before;
        sort_hashes(mine, out->scratch.data, total, 64);
        size_t unique = deduplicate(mine, total);
        out->hashes.length = before + unique;
        out->counts[i] = (int64_t)unique;
        sketch_hashes(mine, unique, slots, lowest, round, out->signatures + (size_t)slots * (size_t)i);
    }
    free(lowest);
    free(round);
    return good;
}

static PyObject *py_sketch(PyObject *self, PyObject *args)
{
    (void)self;
    Py_buffer b[5];
    int ngram, slots;
    if (!PyArg_ParseTuple(args, "y*y*(y*y*y*)ii", &b[3], &b[4], &b[0], &b[1], &b[2], &ngram, &slots))
        return NULL;
    Table table;
    Py_ssize_t count;
    PyObject *result = NULL;
    Sketch s = {0};
    if (ngram < 1 || slots < 1 || slots > 4096) {
        PyErr_SetString(PyExc_ValueError, "ngram must be at least 1, slots 1 to 4096");
    } else if (checked_table(b, &table) && checked_offsets(&b[4], b[3].len, &count)) {
        size_t n = (size_t)count + 1;
        s.totals = malloc(8 * n);
        s.counts = malloc(8 * n);
        s.prints = malloc(16 * n);
        s.signatures = malloc(4 * n * (size_t)slots);
        int good = s.totals && s.counts && s.prints && s.signatures;
        Py_BEGIN_ALLOW_THREADS
        good = good && sketch_all(&table, b[3].buf, b[4].buf, count, ngram, slots, &s);
        Py_END_ALLOW_THREADS
        if (!good)
            PyErr_NoMemory();
        else
            result = Py_BuildValue("(NNNNN)", vector_bytes(&s.hashes), as_bytes(s.counts, 8 * (n - 1)),
                                   as_bytes(s.totals, 8 * (n - 1)), as_bytes(s.prints, 16 * (n - 1)),
                                   as_bytes(s.signatures, 4 * (n - 1) * (size_t)slots));
    }
    free(s.totals), free(s.counts), free(s.prints), free(s.signatures);
    free(s.tokens.data), free(s.hashes.data), free(s.scratch.data);
    release(b, 5);
    return result;
}

/* signatures(hashes, offsets, slots): signatures of hashes made elsewhere, in any order. */
static PyObject *py_signatures(PyObject *self, PyObject *args)
{
    (void)self;
    Py_buffer b[2];
    int slots;
    if (!PyArg_ParseTuple(args, "y*y*i", &b[0], &b[1], &slots))
        return NULL;
    Py_ssize_t count;
    PyObject *result = NULL;
    if (slots < 1 || slots > 4096)
        PyErr_SetString(PyExc_ValueError, "slots must be 1 to 4096");
    else if (checked_offsets(&b[1], b[0].len / 8, &count)) {
        uint64_t *lowest = malloc(sizeof(uint64_t) * (size_t)slots);
        uint16_t *round = malloc(sizeof(uint16_t) * (size_t)slots);
        result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(4 * (size_t)slots * (size_t)count));
        if (lowest && round && result) {
            uint32_t *out = (uint32_t *)PyBytes_AS_STRING(result);
            const int64_t *o = b[1].buf;
            const uint64_t *hashes = b[0].buf;
            Py_BEGIN_ALLOW_THREADS
            for (Py_ssize_t i = 0; i < count; i++)
                sketch_hashes(hashes + o[i], (size_t)(o[i + 1] - o[i]), slots, lowest, round, out + (size_t)slots * i);
            Py_END_ALLOW_THREADS
        } else {
            Py_CLEAR(result);
            PyErr_NoMemory();
        }
        free(lowest), free(round);
    }
    release(b, 2);
    return result;
}

/* tokens(text, table): token hashes and the byte offsets behind them. */
static PyObject *py_tokens(PyObject *self, PyObject *args)
{
    (void)self;
    Py_buffer b[4];
    if (!PyArg_ParseTuple(args, "y*(y*y*y*)", &b[3], &b[0], &b[1], &b[2]))
        return NULL;
    Table table;
    Vector tokens = {0}, ends = {0};
    PyObject *result = NULL;
    if (checked_table(b, &table)) {
        const uint8_t *start = b[3].buf;
        int good;
        Py_BEGIN_ALLOW_THREADS
        good = tokenize(&table, start, start + b[3].len, 0, &tokens, &ends);
        Py_END_ALLOW_THREADS
        result = good ? Py_BuildValue("(NN)", vector_bytes(&tokens), vector_bytes(&ends)) : PyErr_NoMemory();
    }
    free(tokens.data), free(ends.data);
    release(b, 4);
    return result;
}

/* lines(data, offsets, table): for each document the number of lines, for each line hash and number of tokens. */
static PyObject *py_lines(PyObject *self, PyObject *args)
{
    (void)self;
    Py_buffer b[5];
    if (!PyArg_ParseTuple(args, "y*y*(y*y*y*)", &b[3], &b[4], &b[0], &b[1], &b[2]))
        return NULL;
    Table table;
    Py_ssize_t count;
    PyObject *result = NULL;
    Vector tokens = {0}, hashes = {0}, lengths = {0}, counts = {0};
    if (checked_table(b, &table) && checked_offsets(&b[4], b[3].len, &count)) {
        const uint8_t *data = b[3].buf;
        const int64_t *o = b[4].buf;
        int good = 1;
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t i = 0; good && i < count; i++)
            good = hash_lines(&table, data + o[i], data + o[i + 1], &tokens, &hashes, &lengths, &counts);
        Py_END_ALLOW_THREADS
        result = good ? Py_BuildValue("(NNN)", vector_bytes(&counts), vector_bytes(&hashes), vector_bytes(&lengths))
                      : PyErr_NoMemory();
    }
    free(tokens.data), free(hashes.data), free(lengths.data), free(counts.data);
    release(b, 5);
    return result;
}

static int checked_numbers(const Py_buffer *numbers, Py_ssize_t count)
{
    const int64_t *n = numbers->buf;
    for (Py_ssize_t i = 0; i < numbers->len / 8; i++)
        if (n[i] < 0 || n[i] >= count) {
            PyErr_SetString(PyExc_ValueError, "documents must be int64 numbers inside the collection");
            return 0;
        }
    return 1;
}

/* near(keys, bands, documents, rank, hashes, offsets, threshold, crowded): pairs that share a band and are near. */
static PyObject *py_near(PyObject *self, PyObject *args)
{
    (void)self;
    Py_buffer b[5];
    int bands;
    long long crowded;
    double threshold;
    if (!PyArg_ParseTuple(args, "y*iy*y*y*y*dL", &b[0], &bands, &b[1], &b[4], &b[2], &b[3], &threshold, &crowded))
        return NULL;
    Py_ssize_t count;
    PyObject *result = NULL;
    Near near = {.threshold = threshold, .bands = bands, .crowded = (size_t)crowded};
    if (checked_offsets(&b[3], b[2].len / 8, &count) && checked_numbers(&b[1], count)) {
        if (bands < 1 || b[0].len != count * bands * 8 || b[4].len != count * 8) {
            PyErr_SetString(PyExc_ValueError, "keys must be uint64, `bands` for each document; ranks int64");
        } else {
            int good;
            near.keys = b[0].buf, near.documents = b[1].buf, near.hashes = b[2].buf, near.offsets = b[3].buf;
            near.rank = b[4].buf, near.count = (size_t)(b[1].len / 8);
            Py_BEGIN_ALLOW_THREADS
            good = near_pairs(&near);
            Py_END_ALLOW_THREADS
            result = good ? Py_BuildValue("(NNKK)", vector_bytes(&near.pairs), vector_bytes(&near.shared),
                                          (unsigned long long)near.compared, (unsigned long long)near.sparse.length)
                          : PyErr_NoMemory();
        }
    }
    free(near.pairs.data), free(near.shared.data), free(near.sparse.data);
    release(b, 5);
    return result;
}

/* shared(first, second, hashes, offsets, other, other_offsets): for each pair the number of common hashes. */
static PyObject *py_shared(PyObject *self, PyObject *args)
{
    (void)self;
    Py_buffer b[6];
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*y*", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]))
        return NULL;
    Py_ssize_t left, right, pairs = b[0].len / 8;
    PyObject *result = NULL;
    const int64_t *first = b[0].buf, *second = b[1].buf;
    if (checked_offsets(&b[3], b[2].len / 8, &left) && checked_offsets(&b[5], b[4].len / 8, &right)) {
        int good = b[1].len == b[0].len;
        for (Py_ssize_t i = 0; good && i < pairs; i++)
            good = first[i] >= 0 && first[i] < left && second[i] >= 0 && second[i] < right;
        if (!good)
            PyErr_SetString(PyExc_ValueError, "pairs must be int64 numbers of documents");
        else
            result = PyBytes_FromStringAndSize(NULL, 8 * pairs);
    }
    if (result) {
        const uint64_t *x = b[2].buf, *y = b[4].buf;
        const int64_t *ox = b[3].buf, *oy = b[5].buf;
        int64_t *out = (int64_t *)PyBytes_AS_STRING(result);
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t i = 0; i < pairs; i++) {
            int64_t p = first[i], q = second[i];
            out[i] = shared_hashes(x + ox[p], (size_t)(ox[p + 1] - ox[p]), y + oy[q], (size_t)(oy[q + 1] - oy[q]), 0);
        }
        Py_END_ALLOW_THREADS
    }
    release(b, 6);
    return result;
}

static PyMethodDef methods[] = {
    {"sketch", py_sketch, METH_VARARGS, "sketch(data, offsets, table, ngram, slots) -> five byte strings"},
    {"signatures", py_signatures, METH_VARARGS, "signatures(hashes, offsets, slots) -> uint32"},
    {"tokens", py_tokens, METH_VARARGS, "tokens(text, table) -> (hashes, byte offsets)"},
    {"lines", py_lines, METH_VARARGS, "lines(data, offsets, table) -> (lines a document, hashes, tokens a line)"},
    {"near", py_near, METH_VARARGS, "near(keys, bands, documents, rank, hashes, offsets, threshold, crowded) -> (pairs, shared, compared, sparse)"},
    {"shared", py_shared, METH_VARARGS, "shared(first, second, hashes, offsets, others, offsets) -> int64"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernel", "Tokens, shingles, signatures and exact pairs.", -1,
                                    methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void) {
    PyObject *made = PyModule_Create(&module);
    /* Raised whenever a function changes what it takes or gives; `kernel.py` asks for this very number. */
    if (made && PyModule_AddIntConstant(made, "INTERFACE", 1) < 0) { Py_DECREF(made); return NULL; }
    return made;
}
