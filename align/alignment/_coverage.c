/* How much of each unit is covered by runs of units of the other side, and how many strings two runs share: the compiled
   twins of `_cover` in align/alignment/coverage.py and of `_count_shared` in align/alignment/features/surface.py, which
   say what the arrays are. Arrays are C-contiguous, numbers of 64 bits; so are the counts, other floats have 32.

   Sums are taken in the order of the subwords, product and sum rounded apart, as the twin does: compile it with
   -ffp-contract=off. */

#include "_buffers.h"
#include <stdlib.h>

enum { SCORE, LEFT, LEFT_BOUNDS, RIGHT, RIGHT_BOUNDS, WEIGHT, LOW, HIGH, OFFSET, COVERED, ARRAYS };

static const int item_sizes[ARRAYS] = {4, 8, 8, 8, 8, 4, 8, 8, 8, 4};

static int ascending(const Buffers *b, int k, int64_t last)
{
    const int64_t *bounds = numbers(b, k);
    Py_ssize_t count = length(b, k);
    if (!count || bounds[0] < 0 || bounds[count - 1] > last)
        return 0;
    for (Py_ssize_t i = 1; i < count; i++)
        if (bounds[i] < bounds[i - 1])
            return 0;
    return 1;
}

/* Whether every number that is used as a place is one. */
static int sound(const Buffers *b, Py_ssize_t columns, Py_ssize_t sizes)
{
    Py_ssize_t units = length(b, LEFT_BOUNDS) - 1, others = length(b, RIGHT_BOUNDS) - 1;
    if (units < 0 || others < 0 || columns < 1 || sizes < 1 || length(b, LOW) != units || length(b, HIGH) != units ||
        length(b, OFFSET) != units || length(b, WEIGHT) != length(b, LEFT) ||
        !ascending(b, LEFT_BOUNDS, length(b, LEFT)) || !ascending(b, RIGHT_BOUNDS, length(b, RIGHT)) ||
        !in_range(b, LEFT, length(b, SCORE) / columns) || !in_range(b, RIGHT, columns))
        return 0;
    for (Py_ssize_t u = 0; u < units; u++) {
        int64_t low = numbers(b, LOW)[u], high = numbers(b, HIGH)[u], offset = numbers(b, OFFSET)[u];
        if (low < 0 || high < low || high > others || offset < 0 ||
            offset + (high - low) * sizes > length(b, COVERED))
            return 0;
    }
    return 1;
}

/* Best match of a subword in each of `width` units of the other side. */
static void best_matches(const float *row, const int64_t *right, const int64_t *bounds, Py_ssize_t width, float *best)
{
    for (Py_ssize_t v = 0; v < width; v++) {
        float top = 0;
        for (int64_t q = bounds[v]; q < bounds[v + 1]; q++)
            if (row[right[q]] > top)
                top = row[right[q]];
        best[v] = top;
    }
}

static void add_runs(const float *best, float weight, Py_ssize_t width, Py_ssize_t sizes, float *running, float *out)
{
    for (Py_ssize_t v = 0; v < width; v++)
        running[v] = best[v];
    for (Py_ssize_t size = 1; size <= sizes; size++, out += width) {
        for (Py_ssize_t v = 0; size > 1 && v + size <= width; v++)
            if (best[v + size - 1] > running[v])
                running[v] = best[v + size - 1];
        for (Py_ssize_t v = 0; v < width; v++)
            out[v] += weight * running[v];
    }
}

static void cover(const Buffers *b, Py_ssize_t columns, Py_ssize_t sizes, float *room)
{
    const float *score = b->view[SCORE].buf, *weight = b->view[WEIGHT].buf;
    for (Py_ssize_t u = 0; u < length(b, LOW); u++) {
        int64_t low = numbers(b, LOW)[u];
        Py_ssize_t width = numbers(b, HIGH)[u] - low;
        float *out = (float *)b->view[COVERED].buf + numbers(b, OFFSET)[u];
        for (int64_t p = numbers(b, LEFT_BOUNDS)[u]; p < numbers(b, LEFT_BOUNDS)[u + 1]; p++) {
            best_matches(score + numbers(b, LEFT)[p] * columns, numbers(b, RIGHT), numbers(b, RIGHT_BOUNDS) + low,
                         width, room);
            add_runs(room, weight[p], width, sizes, room + width, out);
        }
    }
}

static PyObject *py_cover(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Buffers b;
    if (nargs != ARRAYS + 2)
        return PyErr_Format(PyExc_TypeError, "%d arguments are needed", ARRAYS + 2);
    Py_ssize_t columns = PyLong_AsSsize_t(args[ARRAYS]), sizes = PyLong_AsSsize_t(args[ARRAYS + 1]);
    if (PyErr_Occurred() || take(&b, args, ARRAYS, COVERED, item_sizes) < 0)
        return NULL;
    if (!sound(&b, columns, sizes)) {
        release(&b);
        PyErr_SetString(PyExc_ValueError, "the arrays do not fit each other");
        return NULL;
    }
    float *room = malloc(sizeof(float) * 2 * (size_t)length(&b, RIGHT_BOUNDS));
    if (!room) {
        release(&b);
        return PyErr_NoMemory();
    }
    Py_BEGIN_ALLOW_THREADS
    cover(&b, columns, sizes, room);
    Py_END_ALLOW_THREADS
    free(room);
    release(&b);
    Py_RETURN_NONE;
}

/* ---- shared ----------------------------------------------------------------------------------------------------- */

enum { FIRST_I, SIZE_M, FIRST_J, SIZE_N, STRINGS, STRING_BOUNDS, OTHERS, OTHER_BOUNDS, SHARED, APART, SHARED_ARRAYS };

static const int shared_sizes[SHARED_ARRAYS] = {8, 8, 8, 8, 8, 8, 8, 8, 8, 8};

static int is_run(const Buffers *b, int first, int size, Py_ssize_t edge, Py_ssize_t units)
{
    int64_t from = numbers(b, first)[edge], count = numbers(b, size)[edge];
    return from >= 0 && from <= units && count >= 0 && count <= units - from;
}

static int comparable(const Buffers *b, Py_ssize_t strings)
{
    Py_ssize_t beads = length(b, FIRST_I), left = length(b, STRING_BOUNDS) - 1, right = length(b, OTHER_BOUNDS) - 1;
    for (int k = SIZE_M; k <= SIZE_N; k++)
        if (length(b, k) != beads)
            return 0;
    if (strings < 0 || left < 0 || right < 0 || length(b, SHARED) != beads || length(b, APART) != beads ||
        !ascending(b, STRING_BOUNDS, length(b, STRINGS)) || !ascending(b, OTHER_BOUNDS, length(b, OTHERS)) ||
        !in_range(b, STRINGS, strings) || !in_range(b, OTHERS, strings))
        return 0;
    for (Py_ssize_t k = 0; k < beads; k++)
        if (!is_run(b, FIRST_I, SIZE_M, k, left) || !is_run(b, FIRST_J, SIZE_N, k, right))
            return 0;
    return 1;
}

/* `seen` says of each string whether it stands in the source (1), the target (2) or both (3) of the bead at hand. */
static void count_shared(const Buffers *b, unsigned char *seen)
{
    double *shared = b->view[SHARED].buf, *apart = b->view[APART].buf;
    for (Py_ssize_t k = 0; k < length(b, FIRST_I); k++) {
        const int64_t *bounds = numbers(b, STRING_BOUNDS) + numbers(b, FIRST_I)[k];
        const int64_t *other_bounds = numbers(b, OTHER_BOUNDS) + numbers(b, FIRST_J)[k];
        int64_t from = bounds[0], to = bounds[numbers(b, SIZE_M)[k]], common = 0, all = 0;
        int64_t other_from = other_bounds[0], other_to = other_bounds[numbers(b, SIZE_N)[k]];
        for (int64_t p = from; p < to; p++) {
            unsigned char *mine = seen + numbers(b, STRINGS)[p];
            all += !*mine;
            *mine = 1;
        }
        for (int64_t p = other_from; p < other_to; p++) {
            unsigned char *theirs = seen + numbers(b, OTHERS)[p];
            all += !*theirs;
            common += *theirs == 1;
            *theirs |= 2;
        }
        for (int64_t p = from; p < to; p++)
            seen[numbers(b, STRINGS)[p]] = 0;
        for (int64_t p = other_from; p < other_to; p++)
            seen[numbers(b, OTHERS)[p]] = 0;
        shared[k] = (double)common;
        apart[k] = (double)(all - common);
    }
}

static PyObject *py_shared(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Buffers b;
    if (nargs != SHARED_ARRAYS + 1)
        return PyErr_Format(PyExc_TypeError, "%d arguments are needed", SHARED_ARRAYS + 1);
    Py_ssize_t strings = PyLong_AsSsize_t(args[SHARED_ARRAYS]);
    if (PyErr_Occurred() || take(&b, args, SHARED_ARRAYS, SHARED, shared_sizes) < 0)
        return NULL;
    if (!comparable(&b, strings)) {
        release(&b);
        PyErr_SetString(PyExc_ValueError, "the arrays do not fit each other");
        return NULL;
    }
    unsigned char *seen = calloc((size_t)strings + 1, 1);
    if (!seen) {
        release(&b);
        return PyErr_NoMemory();
    }
    Py_BEGIN_ALLOW_THREADS
    count_shared(&b, seen);
    Py_END_ALLOW_THREADS
    free(seen);
    release(&b);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"cover", (PyCFunction)(void (*)(void))py_cover, METH_FASTCALL,
     "cover(score, left, left_bounds, right, right_bounds, weight, low, high, offset, covered, columns, sizes): see "
     "align.alignment.coverage"},
    {"shared", (PyCFunction)(void (*)(void))py_shared, METH_FASTCALL,
     "shared(i, m, j, n, strings, bounds, others, other_bounds, shared, apart, number of strings): see "
     "align.alignment.features.surface"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "align.alignment._coverage", "What units say of each other by their words.", -1, methods, 0, 0, 0, 0,
};

PyMODINIT_FUNC PyInit__coverage(void)
{
    PyObject *made = PyModule_Create(&module);
    /* Raised whenever the function changes what it takes or gives; `coverage.py` asks for this very number. */
    if (made && PyModule_AddIntConstant(made, "INTERFACE", 2) < 0) { Py_DECREF(made); return NULL; }
    return made;
}
