/* The candidate beads inside a corridor, in the order of the lattice, their cosines and their cheap scores: the compiled
   twins of `_lattice`, `Places._found` and `_fill_cosines` in align/alignment/candidates.py and of `_scores` in
   align/alignment/cheap.py, which say what the arrays are. Arrays are C-contiguous, numbers int64, floats of 64 bits but
   for the products, which have 32.

   Every result is rounded as numpy rounds it, product and sum apart: compile it with -ffp-contract=off. */

#include "_buffers.h"
#include <math.h>
#include <stdlib.h>

#define MOST_UNITS ((int64_t)1 << 31)

static PyObject *unfit(void)
{
    PyErr_SetString(PyExc_ValueError, "the arrays do not fit each other");
    return NULL;
}

/* The boundaries of a corridor: how many cells it has, -1 where it is none. */
static int64_t cells_of(const Buffers *b, int low, int high, Py_ssize_t rows)
{
    int64_t cells = 0;
    for (Py_ssize_t i = 0; i < rows; i++) {
        int64_t from = numbers(b, low)[i], to = numbers(b, high)[i];
        if (from < 0 || to < from - 1 || to > MOST_UNITS)
            return -1;
        cells += to - from + 1;
    }
    return cells;
}

/* ---- enumerate -------------------------------------------------------------------------------------------------- */

enum { E_LOW, E_HIGH, E_M, E_N, E_EDGES, E_AT, E_LEVEL, E_ARRAYS };
enum { I, J, M, N, START, END, BY_START, COLUMNS };

typedef struct {
    int64_t *first; /* of each row: the number of its first cell */
    int64_t *node;  /* of each cell */
    int64_t *row;   /* of each node */
    int64_t *next;  /* counters of levels, then of nodes */
} Room;

static void number_nodes(const Buffers *b, Py_ssize_t rows, int64_t levels, Room *r)
{
    const int64_t *low = numbers(b, E_LOW), *high = numbers(b, E_HIGH);
    int64_t *level = b->view[E_LEVEL].buf, cell = 0, sum = 0;
    for (int64_t k = 0; k < levels; k++)
        r->next[k] = 0;
    for (Py_ssize_t i = 0; i < rows; i++)
        for (int64_t j = low[i]; j <= high[i]; j++)
            r->next[i + j]++;
    for (int64_t k = 0; k < levels; k++) {
        int64_t count = r->next[k];
        r->next[k] = sum;
        sum += count;
    }
    for (Py_ssize_t i = 0; i < rows; i++) {
        r->first[i] = cell;
        for (int64_t j = low[i]; j <= high[i]; j++, cell++) {
            int64_t node = r->next[i + j]++;
            r->node[cell] = node;
            r->row[node] = i;
            level[node] = i + j;
        }
    }
}

/* Counts the edges; `next` counts those that start at each node. */
static int64_t list_edges(const Buffers *b, Py_ssize_t nodes, Py_ssize_t types, Py_ssize_t room, Room *r)
{
    const int64_t *low = numbers(b, E_LOW), *high = numbers(b, E_HIGH), *m = numbers(b, E_M), *n = numbers(b, E_N);
    const int64_t *level = numbers(b, E_LEVEL);
    int64_t *out = b->view[E_EDGES].buf, *at = b->view[E_AT].buf, edges = 0;
    for (Py_ssize_t node = 0; node < nodes; node++)
        r->next[node] = 0;
    for (Py_ssize_t node = 0; node < nodes; node++)
        for (Py_ssize_t t = 0; t < types; t++) {
            int64_t i = r->row[node] - m[t], j = level[node] - r->row[node] - n[t];
            if (i < 0 || j < low[i] || j > high[i])
                continue;
            int64_t cell = r->first[i] + j - low[i], start = r->node[cell];
            out[I * room + edges] = i;
            out[J * room + edges] = j;
            out[M * room + edges] = m[t];
            out[N * room + edges] = n[t];
            out[START * room + edges] = start;
            out[END * room + edges] = node;
            at[cell * types + t] = edges++;
            r->next[start]++;
        }
    return edges;
}

static void sort_by_start(int64_t *out, int64_t edges, Py_ssize_t nodes, Py_ssize_t room, int64_t *next)
{
    int64_t sum = 0;
    for (Py_ssize_t node = nodes; node-- > 0;) {
        int64_t count = next[node];
        next[node] = sum;
        sum += count;
    }
    for (int64_t edge = 0; edge < edges; edge++)
        out[BY_START * room + next[out[START * room + edge]]++] = edge;
}

static const int enumerate_sizes[E_ARRAYS] = {8, 8, 8, 8, 8, 8, 8};

static PyObject *enumerated(const Buffers *b)
{
    Py_ssize_t rows = length(b, E_LOW), types = length(b, E_M), room = length(b, E_EDGES) / COLUMNS;
    int64_t nodes, edges, levels = rows + 1, most = 0;
    if (!rows || length(b, E_HIGH) != rows || length(b, E_N) != types || !in_range(b, E_M, MOST_UNITS) ||
        !in_range(b, E_N, MOST_UNITS))
        return unfit();
    nodes = cells_of(b, E_LOW, E_HIGH, rows);
    if (nodes < 0 || length(b, E_LEVEL) != nodes || length(b, E_AT) != nodes * types || room < nodes * types)
        return unfit();
    for (Py_ssize_t i = 0; i < rows; i++)
        if (numbers(b, E_HIGH)[i] > most)
            most = numbers(b, E_HIGH)[i];
    levels += most;
    int64_t *memory = malloc(sizeof(int64_t) * (size_t)(rows + 2 * nodes + (levels > nodes ? levels : nodes)));
    if (!memory)
        return PyErr_NoMemory();
    Room r = {memory, memory + rows, memory + rows + nodes, memory + rows + 2 * nodes};
    Py_BEGIN_ALLOW_THREADS
    number_nodes(b, rows, levels, &r);
    edges = list_edges(b, nodes, types, room, &r);
    sort_by_start(b->view[E_EDGES].buf, edges, nodes, room, r.next);
    Py_END_ALLOW_THREADS
    free(memory);
    return PyLong_FromLongLong(edges);
}

static PyObject *py_enumerate(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Buffers b;
    if (nargs != E_ARRAYS)
        return PyErr_Format(PyExc_TypeError, "%d arrays are needed", E_ARRAYS);
    if (take(&b, args, E_ARRAYS, E_EDGES, enumerate_sizes) < 0)
        return NULL;
    PyObject *found = enumerated(&b);
    release(&b);
    return found;
}

/* ---- find ------------------------------------------------------------------------------------------------------- */

enum { F_I, F_J, F_M, F_N, F_LOW, F_HIGH, F_FIRST, F_AT, F_TYPE, F_OUT, F_ARRAYS };

static const int find_sizes[F_ARRAYS] = {8, 8, 8, 8, 8, 8, 8, 8, 8, 8};

static PyObject *find(const Buffers *b)
{
    const int64_t *low = numbers(b, F_LOW), *high = numbers(b, F_HIGH), *first = numbers(b, F_FIRST);
    Py_ssize_t beads = length(b, F_I), rows = length(b, F_LOW), sizes = 0;
    int64_t *out = b->view[F_OUT].buf, types = -1;
    while (sizes * sizes < length(b, F_TYPE))
        sizes++;
    for (Py_ssize_t k = 0; k < length(b, F_TYPE); k++)
        if (numbers(b, F_TYPE)[k] > types)
            types = numbers(b, F_TYPE)[k];
    if (length(b, F_J) != beads || length(b, F_M) != beads || length(b, F_N) != beads || length(b, F_OUT) != beads ||
        length(b, F_HIGH) != rows || length(b, F_FIRST) != rows || sizes * sizes != length(b, F_TYPE))
        return unfit();
    types++;
    for (Py_ssize_t k = 0; k < beads; k++) {
        int64_t i = numbers(b, F_I)[k], j = numbers(b, F_J)[k], m = numbers(b, F_M)[k], n = numbers(b, F_N)[k];
        out[k] = -1;
        if (i < 0 || i >= rows || m < 0 || m >= sizes || n < 0 || n >= sizes || j < low[i] || j > high[i])
            continue;
        int64_t type = numbers(b, F_TYPE)[m * sizes + n], cell = first[i] + j - low[i];
        if (type < 0)
            continue;
        if (cell < 0 || cell >= length(b, F_AT) / types)
            return unfit();
        out[k] = numbers(b, F_AT)[cell * types + type];
    }
    Py_RETURN_NONE;
}

static PyObject *py_find(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Buffers b;
    if (nargs != F_ARRAYS)
        return PyErr_Format(PyExc_TypeError, "%d arrays are needed", F_ARRAYS);
    if (take(&b, args, F_ARRAYS, F_OUT, find_sizes) < 0)
        return NULL;
    PyObject *found = find(&b);
    release(&b);
    return found;
}

/* ---- cosines ---------------------------------------------------------------------------------------------------- */

enum { C_PRODUCTS, C_LOW, C_HIGH, C_M, C_N, C_AT, C_OUT, C_ARRAYS };

static const int cosine_sizes[C_ARRAYS] = {4, 8, 8, 8, 8, 8, 8};

/* Where the products of a block begin: source unit `row` and target unit `left`, `rows` by `width` runs of `sizes`. */
typedef struct {
    Py_ssize_t row, left, rows, width, sizes;
} Block;

static int fitting(const Buffers *b, const Block *k)
{
    Py_ssize_t rows = length(b, C_LOW), types = length(b, C_M);
    if (k->row < 0 || k->left < 0 || k->rows < 0 || k->width < 0 || k->sizes < 1 || length(b, C_HIGH) != rows ||
        k->row > rows || k->rows > rows - k->row || length(b, C_N) != types ||
        k->rows > MOST_UNITS || k->width > MOST_UNITS || k->sizes > 1000 ||
        length(b, C_PRODUCTS) / k->sizes / k->sizes != k->rows * k->width || !in_range(b, C_M, k->sizes + 1) ||
        !in_range(b, C_N, k->sizes + 1))
        return 0;
    int64_t cells = cells_of(b, C_LOW, C_HIGH, rows);
    return cells >= 0 && length(b, C_AT) == cells * types;
}

/* Whether every number in `at` is that of a candidate. */
static int fill_cosines(const Buffers *b, const Block *k)
{
    const float *products = b->view[C_PRODUCTS].buf;
    const int64_t *low = numbers(b, C_LOW), *high = numbers(b, C_HIGH), *m = numbers(b, C_M), *n = numbers(b, C_N);
    const int64_t *at = numbers(b, C_AT);
    double *out = b->view[C_OUT].buf;
    Py_ssize_t types = length(b, C_M);
    for (Py_ssize_t i = 0; i < k->row; i++)
        at += (high[i] - low[i] + 1) * types;
    for (Py_ssize_t i = k->row; i < k->row + k->rows; i++)
        for (int64_t j = low[i]; j <= high[i]; j++, at += types) {
            int64_t column = j - k->left;
            if (column < 0 || column >= k->width)
                continue;
            for (Py_ssize_t t = 0; t < types; t++) {
                if (at[t] < 0 || !m[t] || !n[t])
                    continue;
                if (at[t] >= length(b, C_OUT))
                    return 0;
                out[at[t]] = products[(((m[t] - 1) * k->rows + i - k->row) * k->sizes + n[t] - 1) * k->width + column];
            }
        }
    return 1;
}

static PyObject *py_cosines(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Buffers b;
    if (nargs != C_ARRAYS + 5)
        return PyErr_Format(PyExc_TypeError, "%d arguments are needed", C_ARRAYS + 5);
    Py_ssize_t numbers_given[5];
    for (int k = 0; k < 5; k++)
        numbers_given[k] = PyLong_AsSsize_t(args[C_ARRAYS + k]);
    Block block = {numbers_given[0], numbers_given[1], numbers_given[2], numbers_given[3], numbers_given[4]};
    if (PyErr_Occurred() || take(&b, args, C_ARRAYS, C_OUT, cosine_sizes) < 0)
        return NULL;
    int sound = fitting(&b, &block);
    if (sound) {
        Py_BEGIN_ALLOW_THREADS
        sound = fill_cosines(&b, &block);
        Py_END_ALLOW_THREADS
    }
    release(&b);
    if (!sound)
        return unfit();
    Py_RETURN_NONE;
}

/* ---- scores ----------------------------------------------------------------------------------------------------- */

enum {
    S_I, S_J, S_M, S_N, S_COSINE, S_SOURCE, S_TARGET, S_WEIGHTS, S_BIAS, S_SOURCE_GAP, S_TARGET_GAP, S_SCORE, S_DISTANCE,
    S_ARRAYS
};
enum { EXPECTED, LENGTH, LOGARITHM, TABLES };

#define FEATURES 6

static const int score_sizes[S_ARRAYS] = {8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8};

static double between(double low, double x, double high) { return x < low ? low : x > high ? high : x; }

static int scorable(const Buffers *b, Py_ssize_t sizes)
{
    Py_ssize_t edges = length(b, S_I), rows = length(b, S_SOURCE_GAP), columns = length(b, S_TARGET_GAP);
    for (int k = S_J; k <= S_COSINE; k++)
        if (length(b, k) != edges)
            return 0;
    if (sizes < 1 || sizes > 1000 || length(b, S_SOURCE) != TABLES * sizes * rows ||
        length(b, S_TARGET) != TABLES * sizes * columns || length(b, S_WEIGHTS) != 2 * FEATURES + 1 ||
        length(b, S_BIAS) != sizes * sizes || length(b, S_SCORE) != edges || length(b, S_DISTANCE) != edges ||
        !in_range(b, S_M, sizes + 1) || !in_range(b, S_N, sizes + 1) || !in_range(b, S_I, rows + 1) ||
        !in_range(b, S_J, columns + 1))
        return 0;
    for (Py_ssize_t e = 0; e < edges; e++)
        if ((numbers(b, S_M)[e] && numbers(b, S_I)[e] >= rows) ||
            (numbers(b, S_N)[e] && numbers(b, S_J)[e] >= columns) || (!numbers(b, S_M)[e] && !numbers(b, S_N)[e]))
            return 0;
    return 1;
}

static void score_all(const Buffers *b, Py_ssize_t sizes)
{
    const double *cosines = b->view[S_COSINE].buf, *source = b->view[S_SOURCE].buf, *target = b->view[S_TARGET].buf;
    const double *scale = b->view[S_WEIGHTS].buf, *weight = scale + FEATURES, clip = weight[FEATURES];
    const double *bias = b->view[S_BIAS].buf, *source_gap = b->view[S_SOURCE_GAP].buf;
    const double *target_gap = b->view[S_TARGET_GAP].buf;
    double *score = b->view[S_SCORE].buf, *distance = b->view[S_DISTANCE].buf;
    Py_ssize_t rows = length(b, S_SOURCE_GAP), columns = length(b, S_TARGET_GAP);
    for (Py_ssize_t e = 0; e < length(b, S_I); e++) {
        int64_t i = numbers(b, S_I)[e], j = numbers(b, S_J)[e], m = numbers(b, S_M)[e], n = numbers(b, S_N)[e];
        if (!m || !n) {
            score[e] = m ? source_gap[i] : target_gap[j];
            distance[e] = 1;
            continue;
        }
        const double *left = source + (m - 1) * rows + i, *right = target + (n - 1) * columns + j;
        double from = left[LENGTH * sizes * rows], to = right[LENGTH * sizes * columns];
        double d = between(0, (1 - cosines[e]) / (1 - (left[0] + right[0]) / 2), 2);
        double square = (to - from) * (to - from) / (to + from + 1);
        double feature[FEATURES] = {
            d * (double)m * (double)n / 2, d * (double)(m + n) / 2, d, cosines[e],
            fabs(right[LOGARITHM * sizes * columns] - left[LOGARITHM * sizes * rows]), (square > 25 ? 25 : square) / 5,
        };
        double sum = 0;
        for (int k = 0; k < FEATURES; k++)
            sum += between(-clip, feature[k] / scale[k], clip) * weight[k];
        score[e] = sum + bias[(m - 1) * sizes + n - 1];
        distance[e] = d;
    }
}

static PyObject *py_scores(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Buffers b;
    if (nargs != S_ARRAYS + 1)
        return PyErr_Format(PyExc_TypeError, "%d arguments are needed", S_ARRAYS + 1);
    Py_ssize_t sizes = PyLong_AsSsize_t(args[S_ARRAYS]);
    if (PyErr_Occurred() || take(&b, args, S_ARRAYS, S_SCORE, score_sizes) < 0)
        return NULL;
    if (!scorable(&b, sizes)) {
        release(&b);
        return unfit();
    }
    Py_BEGIN_ALLOW_THREADS
    score_all(&b, sizes);
    Py_END_ALLOW_THREADS
    release(&b);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"enumerate", (PyCFunction)(void (*)(void))py_enumerate, METH_FASTCALL,
     "enumerate(low, high, m, n, edges, at, level) -> number of edges: see align.alignment.candidates"},
    {"find", (PyCFunction)(void (*)(void))py_find, METH_FASTCALL,
     "find(i, j, m, n, low, high, first, at, type, out): see align.alignment.candidates"},
    {"cosines", (PyCFunction)(void (*)(void))py_cosines, METH_FASTCALL,
     "cosines(products, low, high, m, n, at, out, row, left, rows, width, sizes): see align.alignment.candidates"},
    {"scores", (PyCFunction)(void (*)(void))py_scores, METH_FASTCALL,
     "scores(i, j, m, n, cosine, source, target, weights, bias, source_gap, target_gap, score, distance, sizes): see "
     "align.alignment.cheap"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "align.alignment._candidates", "Candidate beads and their cheap scores.", -1, methods, 0, 0,
    0, 0,
};

PyMODINIT_FUNC PyInit__candidates(void)
{
    PyObject *made = PyModule_Create(&module);
    /* Raised whenever a function changes what it takes or gives; `candidates.py` asks for this very number. */
    if (made && PyModule_AddIntConstant(made, "INTERFACE", 1) < 0) { Py_DECREF(made); return NULL; }
    return made;
}
