/* The path for processors with AVX2. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
#pragma GCC target("avx2,bmi,bmi2,popcnt")
#define LANES 32
#include <immintrin.h>
#include "_kernel_path.h"
const Path *const kernel_avx2 = &path;
#else
#include "_kernel.h"
const Path *const kernel_avx2 = NULL;
#endif
