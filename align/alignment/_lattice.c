/* Sums and maxima over the paths of a lattice: the compiled twin of the functions in align/alignment/lattice.py (`_sum`).

   Every function takes the edges in an order in which all edges that lead into a node follow each other, and come
   after all edges that lead into the nodes before it. Arrays are int64 and float64, C-contiguous. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>

#define READ 4 /* order, node, other, score: only read */
#define ARRAYS 6

typedef struct {
    Py_buffer view[ARRAYS];
    int taken;
} Buffers;

static void release(Buffers *b)
{
    for (int k = 0; k < b->taken; k++)
        PyBuffer_Release(&b->view[k]);
}

/* Takes the buffers of `count` objects; those after the first four are written to. */
static int take(Buffers *b, PyObject *const *objects, int count)
{
    b->taken = 0;
    for (int k = 0; k < count; k++) {
        int flags = k >= READ ? PyBUF_CONTIG : PyBUF_CONTIG_RO;
        if (PyObject_GetBuffer(objects[k], &b->view[k], flags) < 0) {
            release(b);
            return -1;
        }
        b->taken++;
        if (b->view[k].itemsize != 8) {
            release(b);
            PyErr_SetString(PyExc_TypeError, "arrays of 8-byte items are needed");
            return -1;
        }
    }
    return 0;
}

static int in_range(const int64_t *values, Py_ssize_t count, Py_ssize_t limit)
{
    for (Py_ssize_t k = 0; k < count; k++)
        if (values[k] < 0 || values[k] >= limit)
            return 0;
    return 1;
}

/* The arrays order, node, other, score have one item an edge; the others one a node. */
static int check(Buffers *b)
{
    Py_ssize_t edges = b->view[0].len / 8, nodes = b->view[4].len / 8;
    for (int k = 1; k < READ; k++)
        if (b->view[k].len / 8 != edges) {
            PyErr_SetString(PyExc_ValueError, "order, node, other and score differ in length");
            return -1;
        }
    for (int k = READ + 1; k < b->taken; k++)
        if (b->view[k].len / 8 != nodes) {
            PyErr_SetString(PyExc_ValueError, "the arrays of the nodes differ in length");
            return -1;
        }
    if (!in_range(b->view[0].buf, edges, edges) || !in_range(b->view[1].buf, edges, nodes) ||
        !in_range(b->view[2].buf, edges, nodes)) {
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
    if (take(&b, args, count) < 0)
        return NULL;
    if (check(&b) < 0) {
        release(&b);
        return NULL;
    }
    Py_ssize_t edges = b.view[0].len / 8;
    Py_BEGIN_ALLOW_THREADS
    if (count == ARRAYS)
        maxima(edges, b.view[0].buf, b.view[1].buf, b.view[2].buf, b.view[3].buf, b.view[4].buf, b.view[5].buf);
    else
        log_sums(edges, b.view[0].buf, b.view[1].buf, b.view[2].buf, b.view[3].buf, b.view[4].buf);
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
