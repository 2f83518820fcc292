/* How much of each unit is covered by runs of units of the other side: the compiled twin of `_cover` in
   align/alignment/coverage.py, which says what the arrays are. Floats are 32 bits, numbers 64, arrays C-contiguous.

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

static PyMethodDef methods[] = {
    {"cover", (PyCFunction)(void (*)(void))py_cover, METH_FASTCALL,
     "cover(score, left, left_bounds, right, right_bounds, weight, low, high, offset, covered, columns, sizes): see "
     "align.alignment.coverage"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "align.alignment._coverage", "How far words cover each other.", -1, methods, 0, 0, 0, 0,
};

PyMODINIT_FUNC PyInit__coverage(void)
{
    PyObject *made = PyModule_Create(&module);
    /* Raised whenever the function changes what it takes or gives; `coverage.py` asks for this very number. */
    if (made && PyModule_AddIntConstant(made, "INTERFACE", 1) < 0) { Py_DECREF(made); return NULL; }
    return made;
}
