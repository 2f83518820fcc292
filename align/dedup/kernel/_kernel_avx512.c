/* The path for processors with AVX-512. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,bmi,bmi2,popcnt")
#define LANES 64
#include <immintrin.h>
#include "_kernel_path.h"
const Path *const kernel_avx512 = &path;
#else
#include "_kernel.h"
const Path *const kernel_avx512 = NULL;
#endif
