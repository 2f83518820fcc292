"""Names for the arrays that the whole package passes around; shapes stand where the arrays are described."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Ints8 = NDArray[np.int8]
Places = NDArray[np.intp]
UInts32 = NDArray[np.uint32]
UInts64 = NDArray[np.uint64]
