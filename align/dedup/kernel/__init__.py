"""The kernel in use: the compiled extension, or its numpy twin where it was not built.

Both have the functions of `align.dedup.kernel.reference` and give the same bytes. ``ALIGN_KERNEL=reference`` in the
environment chooses the twin.
"""

from __future__ import annotations

from typing import Any

from align._internal.native import compiled
from align.dedup.kernel import reference

INTERFACE = 1  # as the compiled kernel has it; raised there whenever a function changes
_COMPILED = compiled("align.dedup.kernel._kernel", interface=INTERFACE)

KERNEL: Any = _COMPILED or reference
COMPILED = KERNEL is not reference
