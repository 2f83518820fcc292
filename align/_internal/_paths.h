/* The paths of a kernel: the same work compiled for several kinds of processors.
 *
 * Whoever includes this has said what a `Route` is (a pointer to a path), and defines `usable_paths`. */

#ifndef ALIGN_PATHS_H
#define ALIGN_PATHS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

typedef struct {
    const char *name;
    Route path;
} Named;

enum { MOST_PATHS = 4 };
static Route path; /* in use */

/* The paths this processor can go, the fastest first; returns their number. */
static int usable_paths(Named *out);

/* paths(): the names of the paths this processor can go, the fastest first; that one is in use. */
static PyObject *py_paths(PyObject *self, PyObject *args)
{
    (void)self, (void)args;
    Named named[MOST_PATHS];
    int count = usable_paths(named);
    PyObject *names = PyTuple_New(count);
    for (int i = 0; names && i < count; i++) {
        PyObject *name = PyUnicode_FromString(named[i].name);
        if (name)
            PyTuple_SET_ITEM(names, i, name);
        else
            Py_CLEAR(names);
    }
    return names;
}

/* use(name): goes another path from now on; all give the same bytes, so this is for tests and measurements. */
static PyObject *py_use(PyObject *self, PyObject *args)
{
    (void)self;
    const char *name;
    Named named[MOST_PATHS];
    int count = usable_paths(named);
    if (!PyArg_ParseTuple(args, "s", &name))
        return NULL;
    for (int i = 0; i < count; i++)
        if (!strcmp(named[i].name, name)) {
            path = named[i].path;
            Py_RETURN_NONE;
        }
    return PyErr_Format(PyExc_ValueError, "this processor has no path '%s'", name);
}

#endif
