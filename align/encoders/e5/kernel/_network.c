/* The compiled twin of reference.py: from the embeddings of tokens to the sums of their last states.
 *
 * It takes buffers, releases the interpreter lock while it works, and returns bytes; both twins give the same bytes for
 * the same input, and the same tests run on both. Little-endian machines only: anywhere else the import fails and the
 * reference is used.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "little-endian only; align works without this extension"
#endif

#include "_network.h"

/* ---- paths ---------------------------------------------------------------------------------------------------- */

typedef Path *Route;
#include "../../../_internal/_paths.h"

enum { LONGEST = 512 }; /* tokens of a text */

static int usable_paths(Named *out)
{
    int n = 0;
#if defined(__x86_64__)
    int vnni = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
    vnni = vnni && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    vnni = vnni && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("fma");
    if (network_vnni && vnni)
        out[n++] = (Named){"vnni", network_vnni};
    if (network_avx2 && __builtin_cpu_supports("avx2"))
        out[n++] = (Named){"avx2", network_avx2};
#endif
    out[n++] = (Named){"portable", network_portable};
    return n;
}

/* ---- the model ------------------------------------------------------------------------------------------------ */

static const float *taken(const float **next, int count)
{
    const float *found = *next;
    *next += count;
    return found;
}

static Norm read_norm(const float **next)
{
    const float *gain = taken(next, DIMENSION);
    return (Norm){gain, taken(next, DIMENSION)};
}

static Linear read_linear(const int8_t **levels, const float **next, int inputs, int outputs)
{
    const float *scales = taken(next, outputs);
    Linear found = {*levels, scales, taken(next, outputs), inputs, outputs};
    *levels += inputs * outputs;
    return found;
}

enum {
    LEVELS_A_LAYER = DIMENSION * (4 * DIMENSION + 2 * INNER),
    NUMBERS_A_LAYER = 2 * (3 * DIMENSION + DIMENSION + INNER + DIMENSION) + 4 * DIMENSION,
};

/* The parts in the order in which `__init__.py` writes them. */
static int read_model(const Py_buffer *levels, const Py_buffer *numbers, Model *model)
{
    const int8_t *l = levels->buf;
    const float *n = numbers->buf;
    if (levels->len != LAYERS * LEVELS_A_LAYER ||
        numbers->len != (Py_ssize_t)sizeof(float) * (LAYERS * NUMBERS_A_LAYER + 2 * DIMENSION))
        return 0;
    model->norm = read_norm(&n);
    for (int i = 0; i < LAYERS; i++) {
        Layer *layer = &model->layers[i];
        layer->attention = read_linear(&l, &n, DIMENSION, 3 * DIMENSION);
        layer->attended = read_linear(&l, &n, DIMENSION, DIMENSION);
        layer->attention_norm = read_norm(&n);
        layer->inner = read_linear(&l, &n, DIMENSION, INNER);
        layer->outer = read_linear(&l, &n, INNER, DIMENSION);
        layer->outer_norm = read_norm(&n);
    }
    return 1;
}

static int checked_bounds(const Py_buffer *bounds, const Py_buffer *embedded)
{
    const int64_t *b = bounds->buf;
    Py_ssize_t texts = bounds->len / 8 - 1;
    int good = bounds->len % 8 == 0 && texts >= 0 && b[0] == 0;
    for (Py_ssize_t i = 0; good && i < texts; i++)
        good = b[i] < b[i + 1] && b[i + 1] - b[i] <= LONGEST;
    return good && embedded->len == b[texts] * (Py_ssize_t)(DIMENSION * sizeof(float));
}

/* sums(embedded, bounds, levels, numbers): see `Network.sums` of the reference. */
static PyObject *py_sums(PyObject *self, PyObject *args)
{
    (void)self;
    Py_buffer b[4];
    if (!PyArg_ParseTuple(args, "y*y*y*y*", &b[0], &b[1], &b[2], &b[3]))
        return NULL;
    Model model;
    PyObject *result = NULL;
    if (!checked_bounds(&b[1], &b[0]) || !read_model(&b[2], &b[3], &model)) {
        PyErr_SetString(PyExc_ValueError, "bounds must be int64, rising by 1 to 512 from 0 to the number of tokens");
    } else {
        size_t texts = (size_t)b[1].len / 8 - 1;
        result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(texts * DIMENSION * sizeof(float)));
        if (result) {
            float *out = (float *)PyBytes_AS_STRING(result);
            int good;
            Py_BEGIN_ALLOW_THREADS
            good = path(&model, b[0].buf, b[1].buf, texts, out);
            Py_END_ALLOW_THREADS
            if (!good) {
                Py_CLEAR(result);
                PyErr_NoMemory();
            }
        }
    }
    for (int i = 0; i < 4; i++)
        PyBuffer_Release(&b[i]);
    return result;
}

static PyMethodDef methods[] = {
    {"sums", py_sums, METH_VARARGS, "sums(embedded, bounds, levels, numbers) -> float32"},
    {"paths", py_paths, METH_NOARGS, "paths() -> the names of the paths this processor can go, the fastest first"},
    {"use", py_use, METH_VARARGS, "use(path): goes this path from now on; all give the same bytes"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_network", "The layers of a small BERT.", -1,
                                    methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__network(void)
{
    Named named[MOST_PATHS];
    usable_paths(named);
    path = named[0].path;
    PyObject *made = PyModule_Create(&module);
    /* Raised whenever a function changes what it takes or gives; `__init__.py` asks for this very number. */
    if (made && PyModule_AddIntConstant(made, "INTERFACE", 1) < 0) {
        Py_DECREF(made);
        return NULL;
    }
    return made;
}
