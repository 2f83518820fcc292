"""Finding the compiled extensions, which are optional: each has a twin in Python that gives the same bytes."""

from __future__ import annotations

import logging
import multiprocessing
import os
from functools import lru_cache
from importlib import import_module
from types import ModuleType

from align._internal.hints import install_again

_log = logging.getLogger("align")


def compiled(name: str, *, interface: int) -> ModuleType | None:
    """The extension `name`; None where it was not built, or from sources with another ``INTERFACE``, which is told.

    ``ALIGN_KERNEL=reference`` in the environment chooses the twins.
    """
    if os.environ.get("ALIGN_KERNEL") == "reference":
        return None
    try:
        built = import_module(name)
    except ImportError:
        built = None
    if getattr(built, "INTERFACE", 0) == interface:
        return built
    if multiprocessing.parent_process() is None:  # a worker's parent has told it
        _tell_slow()
    return None


@lru_cache(maxsize=1)
def _tell_slow() -> None:
    """Once for all extensions of a process: what builds one builds all."""
    _log.warning(
        "the compiled parts of align are missing or of another version; the same work is done many times slower. "
        "Install a C compiler (on Debian: apt-get install gcc python3-dev), then install align again: "
        "%s",
        install_again(),
    )
