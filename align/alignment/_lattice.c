/* Sums and maxima over the paths of a lattice: the compiled twin of the functions in align/alignment/lattice.py (`_sum`).

   Every function takes the edges in an order in which all edges that lead into a node follow each other, and come
   after all edges that lead into the nodes before it. Arrays are int64 and float64, C-contiguous. */

#include "_buffers.h"
#include <math.h>

enum { ORDER, NODE, OTHER, SCORE, OUT, VIA, ARRAYS };

static const int item_sizes[ARRAYS] = {8, 8, 8, 8, 8, 8};

/* The arrays order, node, other, score have one item an edge; the others one a node. */
static int check(const Buffers *b)
{
    Py_ssize_t edges = length(b, ORDER), nodes = length(b, OUT);
    for (int k = NODE; k <= SCORE; k++)
        if (length(b, k) != edges) {
            PyErr_SetString(PyExc_ValueError, "order, node, other and score differ in length");
            return -1;
        }
    if (b->taken > VIA && length(b, VIA) != nodes) {
        PyErr_SetString(PyExc_ValueError, "the arrays of the nodes differ in length");
        return -1;
    }
    if (!in_range(b, ORDER, edges) || !in_range(b, NODE, nodes) || !in_range(b, OTHER, nodes)) {
        PyErr_SetString(PyExc_IndexError, "an edge or node number is out of range");
        return -1;
    }
    return 0;
}

static void log_sums(Py_ssize_t edges, const int64_t *order, const int64_t *node, const int64_t *other,
                     const double *score, double *out)
{
    for (Py_ssize_t k = 0; k < edges;) {
        Py_ssize_t first = k;
        int64_t here = node[order[k]];
        double top = -INFINITY, sum = 0;
        for (; k < edges && node[order[k]] == here; k++) {
            double value = out[other[order[k]]] + score[order[k]];
            if (value > top)
                top = value;
        }
        for (Py_ssize_t q = first; q < k; q++)
            sum += exp(out[other[order[q]]] + score[order[q]] - top);
        out[here] = top + log(sum);
    }
}

/* Of equal values the first edge stays. */
static void maxima(Py_ssize_t edges, const int64_t *order, const int64_t *node, const int64_t *other,
                   const double *score, double *out, int64_t *via)
{
    for (Py_ssize_t k = 0; k < edges;) {
        int64_t here = node[order[k]];
        double top = -INFINITY;
        for (; k < edges && node[order[k]] == here; k++) {
            double value = out[other[order[k]]] + score[order[k]];
            if (value > top) {
                top = value;
                via[here] = order[k];
            }
        }
        out[here] = top;
    }
}

static PyObject *run(PyObject *const *args, Py_ssize_t nargs, int count)
{
    Buffers b;
    if (nargs != count)
        return PyErr_Format(PyExc_TypeError, "%d arrays are needed", count);
    if (take(&b, args, count, OUT, item_sizes) < 0)
        return NULL;
    if (check(&b) < 0) {
        release(&b);
        return NULL;
    }
    Py_ssize_t edges = length(&b, ORDER);
    const int64_t *order = numbers(&b, ORDER), *node = numbers(&b, NODE), *other = numbers(&b, OTHER);
    Py_BEGIN_ALLOW_THREADS
    if (count == ARRAYS)
        maxima(edges, order, node, other, b.view[SCORE].buf, b.view[OUT].buf, b.view[VIA].buf);
    else
        log_sums(edges, order, node, other, b.view[SCORE].buf, b.view[OUT].buf);
    Py_END_ALLOW_THREADS
    release(&b);
    Py_RETURN_NONE;
}

static PyObject *py_log_sums(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return run(args, nargs, ARRAYS - 1);
}

static PyObject *py_maxima(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return run(args, nargs, ARRAYS);
}

static PyMethodDef methods[] = {
    {"log_sums", (PyCFunction)(void (*)(void))py_log_sums, METH_FASTCALL,
     "log_sums(order, node, other, score, out): see align.alignment.lattice"},
    {"maxima", (PyCFunction)(void (*)(void))py_maxima, METH_FASTCALL,
     "maxima(order, node, other, score, out, via): see align.alignment.lattice"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "align.alignment._lattice", "Sums over the paths of a lattice.", -1, methods, 0, 0, 0, 0,
};

PyMODINIT_FUNC PyInit__lattice(void)
{
    PyObject *made = PyModule_Create(&module);
    /* Raised whenever a function changes what it takes or gives; `lattice.py` asks for this very number. */
    if (made && PyModule_AddIntConstant(made, "INTERFACE", 1) < 0) { Py_DECREF(made); return NULL; }
    return made;
}
