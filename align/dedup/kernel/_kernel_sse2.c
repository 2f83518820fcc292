/* The path for all other x86 processors. */
#if defined(__SSE2__)
#define LANES 16
#include <emmintrin.h>
#include "_kernel_path.h"
const Path *const kernel_sse2 = &path;
#else
#include "_kernel.h"
const Path *const kernel_sse2 = NULL;
#endif
