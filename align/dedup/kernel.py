"""The kernel in use: the compiled extension, or its numpy twin where it was not built.

Both have the functions of `align.dedup.reference` and give the same bytes. ``ALIGN_KERNEL=reference`` in the
environment chooses the twin.
"""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType
from typing import Any

from align.dedup import reference

_INTERFACE = 1  # of the compiled kernel; one built from older sources is passed over


def _chosen() -> ModuleType:
    if os.environ.get("ALIGN_KERNEL") == "reference":
        return reference
    try:
        built = import_module("align.dedup._kernel")
    except ImportError:
        return reference
    return built if getattr(built, "INTERFACE", 0) == _INTERFACE else reference


KERNEL: Any = _chosen()
COMPILED = KERNEL is not reference
