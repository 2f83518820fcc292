"""Finding the compiled extensions, which are optional: each has a twin in Python that gives the same bytes."""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType


def compiled(name: str, *, interface: int) -> ModuleType | None:
    """The extension `name`; None where it was not built, or from sources with another ``INTERFACE``.

    ``ALIGN_KERNEL=reference`` in the environment chooses the twins.
    """
    if os.environ.get("ALIGN_KERNEL") == "reference":
        return None
    try:
        built = import_module(name)
    except ImportError:
        return None
    return built if getattr(built, "INTERFACE", 0) == interface else None
