/* The compiled twin of align/dedup/reference.py: from UTF-8 to tokens, shingle hashes, signatures, and verified pairs.
 *
 * Every function takes buffers, releases the interpreter lock while it works, and returns bytes; both twins give
 * the same bytes for the same input, and the same tests run on both. Little-endian machines only: anywhere else the
 * import fails and the reference is used.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#ifdef __linux__
#include <sys/mman.h>
#endif

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "little-endian only; align works without this extension"
#endif

#include "_kernel.h"

/* ---- paths ---------------------------------------------------------------------------------------------------- */

typedef const Path *Route;
#include "../../_internal/_paths.h"

static int usable_paths(Named *out)
{
    int n = 0;
#if defined(__GNUC__) && defined(__x86_64__)
    int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    avx2 = avx2 && __builtin_cpu_supports("popcnt");
    int avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
    avx512 = avx512 && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (kernel_avx512 && avx512)
        out[n++] = (Named){"avx512", kernel_avx512};
    if (kernel_avx2 && avx2)
        out[n++] = (Named){"avx2", kernel_avx2};
#endif
    if (kernel_sse2)
        out[n++] = (Named){"sse2", kernel_sse2};
    out[n++] = (Named){"portable", kernel_portable};
    return n;
}

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

enum { HUGE_PAGE = 2 << 20 };

/* Asks for huge pages, as numpy does for large arrays: to get memory by the page takes longer than to fill it. */
static void *in_huge_pages(void *data, size_t size)
{
#ifdef MADV_HUGEPAGE
    size_t ahead = -(uintptr_t)data % HUGE_PAGE;
    if (size >= 2 * HUGE_PAGE)
        madvise((char *)data + ahead, size - ahead, MADV_HUGEPAGE); /* advice: it may fail */
#else
    (void)size;
#endif
    return data;
}

static void *new_bytes(PyObject **bytes, size_t size)
{
    *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
    return *bytes ? in_huge_pages(PyBytes_AS_STRING(*bytes), size) : NULL;
}

/* Sketches into bytes that grow where the first guess was too small; 0: an error is set. */
static int sketch_into(const Table *table, const uint8_t *data, const int64_t *offsets, size_t count, int ngram,
                       int slots, Sketch *s, PyObject **hashes)
{
    for (size_t done = 0; s->hashes;) {
        s->wanted = 0;
        Py_BEGIN_ALLOW_THREADS
        done = path->sketch(table, data, offsets, done, count, ngram, slots, s);
        Py_END_ALLOW_THREADS
        if (done == count)
            return !_PyBytes_Resize(hashes, (Py_ssize_t)(8 * s->length));
        if (!s->wanted)
            break;
        s->room += s->room / 2 + s->wanted;
        if (_PyBytes_Resize(hashes, (Py_ssize_t)(8 * s->room)))
            return 0;
        s->hashes = in_huge_pages(PyBytes_AS_STRING(*hashes), 8 * s->room);
    }
    PyErr_NoMemory();
    return 0;
}

enum { BYTES_A_HASH = 6 }; /* a guess; words are longer in most languages */

static PyObject *py_sketch(PyObject *self, PyObject *args)
{
    (void)self;
    Py_buffer b[5];
    int ngram, slots;
    if (!PyArg_ParseTuple(args, "y*y*(y*y*y*)ii", &b[3], &b[4], &b[0], &b[1], &b[2], &ngram, &slots))
        return NULL;
    Table table;
    Py_ssize_t count;
    PyObject *result = NULL, *made[5] = {NULL};
    Sketch s = {0};
    if (ngram < 1 || slots < 1 || slots > 4096) {
        PyErr_SetString(PyExc_ValueError, "ngram must be at least 1, slots 1 to 4096");
    } else if (checked_table(b, &table) && checked_offsets(&b[4], b[3].len, &count)) {
        const int64_t *offsets = b[4].buf;
        size_t n = (size_t)count;
        s.room = (size_t)(offsets[n] - offsets[0]) / BYTES_A_HASH;
        s.hashes = new_bytes(&made[0], 8 * s.room);
        s.counts = new_bytes(&made[1], 8 * n);
        s.totals = new_bytes(&made[2], 8 * n);
        s.prints = new_bytes(&made[3], 16 * n);
        s.signatures = new_bytes(&made[4], 4 * n * (size_t)slots);
        if (s.hashes && s.counts && s.totals && s.prints && s.signatures &&
            sketch_into(&table, b[3].buf, offsets, n, ngram, slots, &s, &made[0]))
            result = PyTuple_Pack(5, made[0], made[1], made[2], made[3], made[4]);
    }
    for (int i = 0; i < 5; i++)
        Py_XDECREF(made[i]);
    free(s.tokens.data), free(s.shingles.data), free(s.scratch.data);
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
        uint32_t *out = new_bytes(&result, 4 * (size_t)slots * (size_t)count);
        int good = out != NULL;
        Py_BEGIN_ALLOW_THREADS
        good = good && path->sketch_sets(b[0].buf, b[1].buf, (size_t)count, slots, out);
        Py_END_ALLOW_THREADS
        if (!good) {
            Py_CLEAR(result);
            PyErr_NoMemory();
        }
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
        good = path->tokenize(&table, start, start + b[3].len, &tokens, &ends);
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
            good = path->hash_lines(&table, data + o[i], data + o[i + 1], &tokens, &hashes, &lengths, &counts);
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
            good = path->near_pairs(&near);
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
            size_t np = (size_t)(ox[p + 1] - ox[p]), nq = (size_t)(oy[q + 1] - oy[q]);
            out[i] = path->shared_hashes(x + ox[p], np, y + oy[q], nq, 0);
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
    {"paths", py_paths, METH_NOARGS, "paths() -> the names of the paths this processor can go, the fastest first"},
    {"use", py_use, METH_VARARGS, "use(path): goes this path from now on; all give the same bytes"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernel", "Tokens, shingles, signatures and exact pairs.", -1,
                                    methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void) {
    Named named[MOST_PATHS];
    usable_paths(named);
    path = named[0].path;
    PyObject *made = PyModule_Create(&module);
    /* Raised whenever a function changes what it takes or gives; `kernel.py` asks for this very number. */
    if (made && PyModule_AddIntConstant(made, "INTERFACE", 1) < 0) { Py_DECREF(made); return NULL; }
    return made;
}
