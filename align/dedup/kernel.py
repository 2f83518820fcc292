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


def _chosen() -> ModuleType:
    if os.environ.get("ALIGN_KERNEL") == "reference":
        return reference
    try:
        return import_module("align.dedup._kernel")
    except ImportError:
        return reference


KERNEL: Any = _chosen()
COMPILED = KERNEL is not reference
