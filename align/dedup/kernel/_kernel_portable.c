/* The path for all other processors, in plain C. */
#define LANES 8
#include "_kernel_path.h"
const Path *const kernel_portable = &path;
