/* Arrays that a function was given, taken as buffers and let go together. */

#ifndef ALIGN_BUFFERS_H
#define ALIGN_BUFFERS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

#define MOST_BUFFERS 13

typedef struct {
    Py_buffer view[MOST_BUFFERS];
    int taken;
} Buffers;

static void release(Buffers *b)
{
    for (int k = 0; k < b->taken; k++)
        PyBuffer_Release(&b->view[k]);
}

/* Takes the buffers of `count` objects, whose items have these sizes; those from `written` on are written to. */
static int take(Buffers *b, PyObject *const *objects, int count, int written, const int *item_sizes)
{
    b->taken = 0;
    for (int k = 0; k < count; k++) {
        if (PyObject_GetBuffer(objects[k], &b->view[k], k >= written ? PyBUF_CONTIG : PyBUF_CONTIG_RO) < 0) {
            release(b);
            return -1;
        }
        b->taken++;
        if (b->view[k].itemsize != item_sizes[k]) {
            release(b);
            PyErr_Format(PyExc_TypeError, "array %d needs items of %d bytes", k, item_sizes[k]);
            return -1;
        }
    }
    return 0;
}

static Py_ssize_t length(const Buffers *b, int k) { return b->view[k].len / b->view[k].itemsize; }

static const int64_t *numbers(const Buffers *b, int k) { return b->view[k].buf; }

static int in_range(const Buffers *b, int k, int64_t limit)
{
    for (Py_ssize_t i = 0; i < length(b, k); i++)
        if (numbers(b, k)[i] < 0 || numbers(b, k)[i] >= limit)
            return 0;
    return 1;
}

#endif
